"""Simple Storage Service."""

import datetime

WHERE = {"LocationConstraint": "eu-west-1"}


def buckets(aws):
    aws("s3.create_bucket", Bucket="parity-buckets", CreateBucketConfiguration=WHERE)
    aws("s3.create_bucket", "again", Bucket="parity-buckets", CreateBucketConfiguration=WHERE)
    aws("s3.create_bucket", "bad name", Bucket="Bad_Name", CreateBucketConfiguration=WHERE)
    aws("s3.head_bucket", Bucket="parity-buckets")
    aws("s3.head_bucket", "nowhere", Bucket="parity-nowhere")
    aws("s3.get_bucket_location", Bucket="parity-buckets")
    aws("s3.get_bucket_versioning", Bucket="parity-buckets")
    aws("s3.get_bucket_policy", "none", Bucket="parity-buckets")
    aws("s3.get_bucket_tagging", "none", Bucket="parity-buckets")
    aws("s3.put_bucket_tagging", Bucket="parity-buckets", Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
    aws("s3.get_bucket_tagging", Bucket="parity-buckets")
    aws("s3.put_object", Bucket="parity-buckets", Key="a", Body=b"x")
    aws("s3.delete_bucket", "not empty", Bucket="parity-buckets")
    aws("s3.delete_object", Bucket="parity-buckets", Key="a")
    aws("s3.delete_object", "again ", Bucket="parity-buckets", Key="a")
    aws("s3.delete_bucket", Bucket="parity-buckets")
    aws("s3.list_objects_v2", "gone", Bucket="parity-buckets")


def objects(aws):
    bucket = "parity-objects"
    aws("s3.create_bucket", Bucket=bucket, CreateBucketConfiguration=WHERE)
    put = aws("s3.put_object", Bucket=bucket, Key="a/b c.txt", Body=b"hello world", ContentType="text/plain", Metadata={"who": "me"}, Tagging="k=v")
    aws("s3.head_object", Bucket=bucket, Key="a/b c.txt")
    aws("s3.head_object", "nowhere", Bucket=bucket, Key="zz")
    aws("s3.get_object", Bucket=bucket, Key="a/b c.txt")
    aws("s3.get_object", "nowhere", Bucket=bucket, Key="zz")
    aws("s3.get_object", "range", Bucket=bucket, Key="a/b c.txt", Range="bytes=6-")
    aws("s3.get_object", "last bytes", Bucket=bucket, Key="a/b c.txt", Range="bytes=-5")
    aws("s3.get_object", "beyond", Bucket=bucket, Key="a/b c.txt", Range="bytes=50-60")
    aws("s3.get_object", "not changed", Bucket=bucket, Key="a/b c.txt", IfNoneMatch=put["ETag"])
    aws("s3.get_object", "other", Bucket=bucket, Key="a/b c.txt", IfMatch='"x"')
    aws("s3.put_object", "only if new", Bucket=bucket, Key="a/b c.txt", Body=b"x", IfNoneMatch="*")
    aws("s3.put_object", "only if the same", Bucket=bucket, Key="a/b c.txt", Body=b"x", IfMatch='"x"')
    aws("s3.put_object", "only if there", Bucket=bucket, Key="zz", Body=b"x", IfMatch='"x"')
    aws("s3.copy_object", Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "a/b c.txt"})
    aws("s3.copy_object", "onto itself", Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "copy"})
    aws("s3.copy_object", "nowhere ", Bucket=bucket, Key="x", CopySource={"Bucket": bucket, "Key": "zz"})
    aws("s3.get_object_tagging", Bucket=bucket, Key="copy")
    aws("s3.get_object_attributes", Bucket=bucket, Key="copy", ObjectAttributes=["ETag", "ObjectSize"])
    aws("s3.delete_objects", Bucket=bucket, Delete={"Objects": [{"Key": "copy"}, {"Key": "nothing"}]})


def lists(aws):
    bucket = "parity-lists"
    aws("s3.create_bucket", Bucket=bucket, CreateBucketConfiguration=WHERE)
    for key in ["a", "b/1", "b/2", "b/c/1", "d"]:
        aws.client("s3").put_object(Bucket=bucket, Key=key, Body=b"x")
    aws("s3.list_objects_v2", Bucket=bucket)
    aws("s3.list_objects_v2", "folders", Bucket=bucket, Delimiter="/")
    aws("s3.list_objects_v2", "in a folder", Bucket=bucket, Delimiter="/", Prefix="b/")
    page = aws("s3.list_objects_v2", "first page", Bucket=bucket, MaxKeys=2)
    aws("s3.list_objects_v2", "second page", Bucket=bucket, MaxKeys=2, ContinuationToken=page["NextContinuationToken"])
    aws("s3.list_objects_v2", "after", Bucket=bucket, StartAfter="b/2")
    aws("s3.list_objects_v2", "none", Bucket=bucket, MaxKeys=0)
    aws("s3.list_objects", Bucket=bucket, Delimiter="/", MaxKeys=2)


def versions(aws):
    bucket = "parity-versions"
    aws("s3.create_bucket", Bucket=bucket, CreateBucketConfiguration=WHERE)
    aws("s3.put_bucket_versioning", Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    aws("s3.get_bucket_versioning", Bucket=bucket)
    first = aws("s3.put_object", "first", Bucket=bucket, Key="k", Body=b"1")
    aws("s3.put_object", "second", Bucket=bucket, Key="k", Body=b"22")
    aws("s3.delete_object", Bucket=bucket, Key="k")
    aws("s3.get_object", "deleted", Bucket=bucket, Key="k")
    aws("s3.get_object", "by version", Bucket=bucket, Key="k", VersionId=first["VersionId"])
    aws("s3.get_object", "no such version", Bucket=bucket, Key="k", VersionId="nope")
    aws("s3.list_object_versions", Bucket=bucket)
    aws("s3.delete_object", "a version", Bucket=bucket, Key="k", VersionId=first["VersionId"])
    aws("s3.delete_bucket", "versions left", Bucket=bucket)


def multipart(aws):
    bucket = "parity-multipart"
    aws("s3.create_bucket", Bucket=bucket, CreateBucketConfiguration=WHERE)
    upload = aws("s3.create_multipart_upload", Bucket=bucket, Key="big")["UploadId"]
    one = aws("s3.upload_part", "one", Bucket=bucket, Key="big", UploadId=upload, PartNumber=1, Body=b"x" * 5_242_880)
    two = aws("s3.upload_part", "two", Bucket=bucket, Key="big", UploadId=upload, PartNumber=2, Body=b"end")
    aws("s3.upload_part", "number too big", Bucket=bucket, Key="big", UploadId=upload, PartNumber=10_001, Body=b"x")
    aws("s3.list_parts", Bucket=bucket, Key="big", UploadId=upload)
    aws("s3.list_multipart_uploads", Bucket=bucket)
    parts = [{"PartNumber": 1, "ETag": one["ETag"]}, {"PartNumber": 2, "ETag": two["ETag"]}]
    wrong = {"Parts": [{"PartNumber": 1, "ETag": '"nope"'}]}
    aws("s3.complete_multipart_upload", "wrong part", Bucket=bucket, Key="big", UploadId=upload, MultipartUpload=wrong)
    backwards = {"Parts": parts[::-1]}
    aws("s3.complete_multipart_upload", "wrong order", Bucket=bucket, Key="big", UploadId=upload, MultipartUpload=backwards)
    aws("s3.complete_multipart_upload", Bucket=bucket, Key="big", UploadId=upload, MultipartUpload={"Parts": parts})
    aws("s3.head_object", Bucket=bucket, Key="big")
    aws("s3.abort_multipart_upload", "gone", Bucket=bucket, Key="big", UploadId="nope")


def conditions(aws):
    bucket = "parity-conditions"
    aws("s3.create_bucket", Bucket=bucket, CreateBucketConfiguration=WHERE)
    put = aws("s3.put_object", "new", Bucket=bucket, Key="a", Body=b"1", IfNoneMatch="*")
    aws("s3.put_object", "there", Bucket=bucket, Key="a", Body=b"2", IfNoneMatch="*")
    aws("s3.put_object", "the same", Bucket=bucket, Key="a", Body=b"2", IfMatch=put["ETag"])
    aws("s3.put_object", "both", Bucket=bucket, Key="a", Body=b"2", IfMatch=put["ETag"], IfNoneMatch="*")
    aws("s3.put_object", "none match a tag", Bucket=bucket, Key="a", Body=b"2", IfNoneMatch=put["ETag"])
    source = {"Bucket": bucket, "Key": "a"}
    aws("s3.copy_object", "source changed", Bucket=bucket, Key="b", CopySource=source, CopySourceIfMatch=put["ETag"])
    aws("s3.copy_object", "source is not other", Bucket=bucket, Key="b", CopySource=source, CopySourceIfNoneMatch="*")
    aws("s3.copy_object", "target is there", Bucket=bucket, Key="a", CopySource=source, IfNoneMatch="*", MetadataDirective="REPLACE")
    aws("s3.delete_object", "changed", Bucket=bucket, Key="a", IfMatch=put["ETag"])
    aws("s3.head_object", "since", Bucket=bucket, Key="a", IfModifiedSince=datetime.datetime(2040, 1, 1))
    aws("s3.head_object", "before", Bucket=bucket, Key="a", IfUnmodifiedSince=datetime.datetime(2001, 1, 1))
    aws("s3.put_object", "wrong checksum", Bucket=bucket, Key="c", Body=b"1", ChecksumCRC32="AAAAAA==")
    aws("s3.put_object", "wrong MD5", Bucket=bucket, Key="c", Body=b"1", ContentMD5="AAAAAAAAAAAAAAAAAAAAAA==")
    aws("s3.put_object_tagging", "same key twice", Bucket=bucket, Key="a", Tagging={"TagSet": [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}]})
    eleven = [{"Key": str(n), "Value": "v"} for n in range(11)]
    aws("s3.put_object_tagging", "eleven tags", Bucket=bucket, Key="a", Tagging={"TagSet": eleven})
    aws("s3.put_object", "key too long", Bucket=bucket, Key="k" * 1025, Body=b"1")


def parts(aws):
    bucket = "parity-parts"
    aws("s3.create_bucket", Bucket=bucket, CreateBucketConfiguration=WHERE)
    upload = {"Bucket": bucket, "Key": "big"}
    upload["UploadId"] = aws("s3.create_multipart_upload", **upload)["UploadId"]
    small = aws("s3.upload_part", "small", PartNumber=1, Body=b"x", **upload)
    last = aws("s3.upload_part", "last", PartNumber=2, Body=b"end", **upload)
    listed = [{"PartNumber": 1, "ETag": small["ETag"]}, {"PartNumber": 2, "ETag": last["ETag"]}]
    aws("s3.complete_multipart_upload", "too small", MultipartUpload={"Parts": listed}, **upload)
    aws("s3.complete_multipart_upload", "no parts", MultipartUpload={"Parts": []}, **upload)
    aws("s3.upload_part", "number too small", PartNumber=0, Body=b"x", **upload)
    aws("s3.list_parts", "first page", MaxParts=1, **upload)
    aws("s3.list_parts", "second page", MaxParts=1, PartNumberMarker=1, **upload)
    aws("s3.put_object", "source", Bucket=bucket, Key="source", Body=b"hello world")
    copy = {"CopySource": {"Bucket": bucket, "Key": "source"}}
    aws("s3.upload_part_copy", "copied", PartNumber=3, **copy, **upload)
    aws("s3.upload_part_copy", "range", PartNumber=4, CopySourceRange="bytes=0-4", **copy, **upload)
    aws("s3.upload_part_copy", "beyond", PartNumber=5, CopySourceRange="bytes=0-50", **copy, **upload)
    aws("s3.abort_multipart_upload", **upload)
    aws("s3.abort_multipart_upload", "again", **upload)
    upload["UploadId"] = aws("s3.create_multipart_upload", "for one part", Bucket=bucket, Key="big")["UploadId"]
    only = [{"PartNumber": 7, "ETag": aws("s3.upload_part", "only", PartNumber=7, Body=b"only", **upload)["ETag"]}]
    aws("s3.put_object", "meanwhile", Bucket=bucket, Key="big", Body=b"first")
    aws("s3.complete_multipart_upload", "is there", MultipartUpload={"Parts": only}, IfNoneMatch="*", **upload)
    aws("s3.complete_multipart_upload", "one part", MultipartUpload={"Parts": only}, **upload)
    aws("s3.get_object", "by part", Bucket=bucket, Key="big", PartNumber=1)
    aws("s3.get_object", "no such part", Bucket=bucket, Key="big", PartNumber=3)
    aws("s3.get_object_attributes", Bucket=bucket, Key="big", ObjectAttributes=["ETag", "ObjectParts", "ObjectSize", "Checksum"])
    aws("s3.list_multipart_uploads", "none left", Bucket=bucket)
