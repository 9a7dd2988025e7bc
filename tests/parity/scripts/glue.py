"""Glue's catalogue."""


def databases(aws):
    aws("glue.create_database", DatabaseInput={"Name": "sales", "Description": "d"})
    aws("glue.create_database", "again", DatabaseInput={"Name": "sales"})
    aws("glue.get_database", Name="sales")
    aws("glue.get_database", "nowhere", Name="nowhere")
    aws("glue.update_database", Name="sales", DatabaseInput={"Name": "sales", "Description": "e"})
    aws("glue.get_databases")
    aws("glue.delete_database", "nowhere ", Name="nowhere")
    aws("glue.delete_database", Name="sales")


def _table(name, **more):
    columns = [{"Name": "id", "Type": "bigint"}, {"Name": "name", "Type": "string"}]
    storage = {"Columns": columns, "Location": "s3://lake/t/", "SerdeInfo": {"SerializationLibrary": "x"}}
    return {"Name": name, "StorageDescriptor": storage, "TableType": "EXTERNAL_TABLE", "Parameters": {"k": "v"}} | more


def tables(aws):
    aws("glue.create_database", DatabaseInput={"Name": "shop"})
    aws("glue.create_table", DatabaseName="shop", TableInput=_table("orders"))
    aws("glue.create_table", "again", DatabaseName="shop", TableInput=_table("orders"))
    aws("glue.create_table", "no database", DatabaseName="nowhere", TableInput=_table("orders"))
    aws("glue.get_table", DatabaseName="shop", Name="orders")
    aws("glue.get_table", "nowhere", DatabaseName="shop", Name="nope")
    aws("glue.update_table", DatabaseName="shop", TableInput=_table("orders", Description="new"))
    aws("glue.update_table", "old version", DatabaseName="shop", TableInput=_table("orders"), VersionId="0")
    aws("glue.update_table", "nowhere ", DatabaseName="shop", TableInput=_table("nope"))
    aws("glue.get_table_versions", DatabaseName="shop", TableName="orders")
    aws("glue.get_table_version", "first", DatabaseName="shop", TableName="orders", VersionId="0")
    aws("glue.get_tables", DatabaseName="shop", Expression="ord.*")
    aws("glue.batch_delete_table", DatabaseName="shop", TablesToDelete=["orders", "nope"])
    aws("glue.delete_table", "again ", DatabaseName="shop", Name="orders")


def partitions(aws):
    aws("glue.create_database", DatabaseInput={"Name": "parts"})
    keys = [{"Name": "day", "Type": "string"}, {"Name": "n", "Type": "int"}]
    aws("glue.create_table", DatabaseName="parts", TableInput=_table("p", PartitionKeys=keys))
    place = {"DatabaseName": "parts", "TableName": "p"}
    aws("glue.create_partition", PartitionInput={"Values": ["2024-01-01", "1"]}, **place)
    aws("glue.create_partition", "again", PartitionInput={"Values": ["2024-01-01", "1"]}, **place)
    aws("glue.create_partition", "too few values", PartitionInput={"Values": ["2024-01-01"]}, **place)
    more = [{"Values": ["2024-01-02", "2"]}, {"Values": ["2024-01-01", "1"]}, {"Values": ["2024-02-01", "10"]}]
    aws("glue.batch_create_partition", PartitionInputList=more, **place)
    aws("glue.get_partition", PartitionValues=["2024-01-02", "2"], **place)
    aws("glue.get_partition", "nowhere", PartitionValues=["x", "2"], **place)
    for expression in ["day = '2024-01-02'", "n > 1 AND n < 11", "day LIKE '2024-01%'", "n IN (1, 10)", "n BETWEEN 2 AND 10", "day ="]:
        found = aws("glue.get_partitions", expression, Expression=expression, **place)
        values = sorted(str(partition["Values"]) for partition in found.get("Partitions", []))
        aws.steps[f"glue.partitions.{expression}"] = {
            "outcome": aws.steps[f"glue.partitions.{expression}"]["outcome"],
            "values": ",".join(values),
        }
    aws("glue.update_partition", PartitionValueList=["2024-01-02", "2"], PartitionInput={"Values": ["2024-01-02", "3"]}, **place)
    aws("glue.batch_get_partition", PartitionsToGet=[{"Values": ["2024-01-02", "3"]}, {"Values": ["x", "3"]}], **place)
    aws("glue.delete_partition", PartitionValues=["2024-01-02", "3"], **place)
    aws("glue.delete_partition", "again ", PartitionValues=["2024-01-02", "3"], **place)


def crawlers(aws):
    aws("glue.create_database", DatabaseInput={"Name": "crawled"})
    role = "arn:aws:iam::000000000000:role/crawler"
    targets = {"S3Targets": [{"Path": "s3://lake/raw/"}]}
    aws("glue.create_crawler", Name="c", Role=role, DatabaseName="crawled", Targets=targets)
    aws("glue.create_crawler", "again", Name="c", Role=role, DatabaseName="crawled", Targets=targets)
    aws("glue.get_crawler", Name="c")
    aws("glue.get_crawler", "nowhere", Name="nope")
    aws("glue.list_crawlers")
    aws("glue.stop_crawler", "not running", Name="c")
    aws("glue.delete_crawler", Name="c")
    aws("glue.delete_crawler", "again ", Name="c")


def versions(aws):
    aws("glue.create_database", "folded", DatabaseInput={"Name": "Versions"})
    aws("glue.create_table", "folded ", DatabaseName="versions", TableInput=_table("Orders"))
    place = {"DatabaseName": "versions", "TableName": "orders"}
    aws("glue.get_table", DatabaseName="versions", Name="orders")
    aws("glue.update_table", "one", DatabaseName="versions", TableInput=_table("orders", Description="1"))
    aws("glue.update_table", "two", DatabaseName="versions", TableInput=_table("orders", Description="2"))
    aws("glue.update_table", "not archived", DatabaseName="versions", TableInput=_table("orders", Description="3"), SkipArchive=True)
    found = aws("glue.get_table_versions", "all", **place).get("TableVersions", [])
    aws.steps["glue.versions.all"] = {
        "outcome": aws.steps["glue.versions.all"]["outcome"],
        "descriptions": " ".join(f"{one['VersionId']}={one['Table'].get('Description')}" for one in found),
    }
    aws("glue.get_table_version", "latest", **place)
    aws("glue.get_table_version", "nowhere", VersionId="99", **place)
    aws("glue.delete_table_version", VersionId="1", **place)
    aws("glue.delete_table_version", "again", VersionId="1", **place)
    aws("glue.batch_delete_table_version", VersionIds=["0", "99"], **place)


def many_partitions(aws):
    aws("glue.create_database", DatabaseInput={"Name": "many"})
    keys = [{"Name": "day", "Type": "string"}]
    aws("glue.create_table", DatabaseName="many", TableInput=_table("p", PartitionKeys=keys))
    place = {"DatabaseName": "many", "TableName": "p"}
    aws("glue.batch_create_partition", PartitionInputList=[{"Values": [f"d{n}"]} for n in range(5)], **place)
    page = aws("glue.get_partitions", "first page", MaxResults=2, **place)
    aws.steps["glue.many_partitions.first page"] = {
        "outcome": aws.steps["glue.many_partitions.first page"]["outcome"],
        "count": len(page.get("Partitions", [])),
        "more": "NextToken" in page,
    }
    for name, expression in {
        "not": "NOT day = 'd1'",
        "null": "day IS NULL",
        "or": "day = 'd1' OR (day > 'd2' AND day <= 'd3')",
        "unknown column": "night = 'd1'",
        "<>": "day <> 'd1'",
    }.items():
        found = aws("glue.get_partitions", name, Expression=expression, **place)
        aws.steps[f"glue.many_partitions.{name}"] = {
            "outcome": aws.steps[f"glue.many_partitions.{name}"]["outcome"],
            "values": " ".join(sorted(value for one in found.get("Partitions", []) for value in one["Values"])),
        }
    update = [{"PartitionValueList": ["d0"], "PartitionInput": {"Values": ["d0"], "Parameters": {"k": "v"}}}]
    nobody = [{"PartitionValueList": ["x"], "PartitionInput": {"Values": ["x"]}}]
    aws("glue.batch_update_partition", Entries=update + nobody, **place)
    aws("glue.update_partition", "onto another", PartitionValueList=["d0"], PartitionInput={"Values": ["d1"]}, **place)
    aws("glue.update_partition", "nowhere", PartitionValueList=["x"], PartitionInput={"Values": ["y"]}, **place)
    aws("glue.batch_delete_partition", PartitionsToDelete=[{"Values": ["d0"]}, {"Values": ["x"]}], **place)
    aws("glue.get_partitions", "no table", DatabaseName="many", TableName="nope")
    aws("glue.create_partition", "no table ", DatabaseName="many", TableName="nope", PartitionInput={"Values": ["d"]})
