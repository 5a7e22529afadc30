"""Makes the buckets and containers of the test servers; those that exist are left as they are."""

import json
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

BUCKETS = ("plain", "versioned", "demo")
VERSIONED = "versioned"
CONTAINERS = ("plain", "demo")


def s3(server):
    import boto3
    from botocore.config import Config

    client = boto3.client(
        "s3",
        endpoint_url=server["endpoint"],
        region_name=server["region"],
        aws_access_key_id=server["access_key_id"],
        aws_secret_access_key=server["secret_access_key"],
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 8}),
    )
    existing = {bucket["Name"] for bucket in client.list_buckets().get("Buckets", [])}
    for bucket in BUCKETS:
        if bucket not in existing:
            client.create_bucket(Bucket=bucket)
    if "versioned_bucket" not in server:
        return
    client.put_bucket_versioning(Bucket=VERSIONED, VersioningConfiguration={"Status": "Enabled"})


def azure(server):
    from azure.storage.blob import BlobServiceClient

    client = BlobServiceClient(server["endpoint"], credential=server["account_key"])
    existing = {container.name for container in client.list_containers()}
    for container in CONTAINERS:
        if container not in existing:
            client.create_container(container)


def gcs(server):
    for bucket in BUCKETS:
        body = {"name": bucket, "versioning": {"enabled": bucket == VERSIONED}}
        request = urllib.request.Request(
            server["endpoint"] + "/storage/v1/b?project=test",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            urllib.request.urlopen(request, timeout=30).close()
        except urllib.error.HTTPError as error:
            if error.code != 409:
                raise


def attempt(name, task, server):
    try:
        task(server)
        return None
    except Exception as error:
        return f"{name}: {error!r}"


servers = json.load(sys.stdin)
tasks = (
    ("s3", s3),
    ("ministack", s3),
    ("moto", s3),
    ("rclone", s3),
    ("azure", azure),
    ("gcs", gcs),
)
with ThreadPoolExecutor() as pool:
    problems = list(pool.map(lambda task: attempt(task[0], task[1], servers[task[0]]), tasks))
sys.exit("; ".join(filter(None, problems)) or 0)
