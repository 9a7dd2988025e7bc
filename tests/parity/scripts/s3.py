"""Simple Storage Service."""

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
