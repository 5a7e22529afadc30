"""Writes and reads one object with boto3, `with_boto3.py write|read KEY FILE`; begins a multipart upload, sends the second
and the third part of 8 MiB of a file, and prints its id: `with_boto3.py begin KEY FILE`; or prints the ids of the multipart
uploads that have begun and not ended below a prefix, one per line: `with_boto3.py uploads PREFIX`."""

import json
import os
import sys

import boto3
from botocore.config import Config

operation, key = sys.argv[1:3]
bucket = os.environ["BUCKET"]
client = boto3.client(
    "s3",
    endpoint_url=os.environ["ENDPOINT"],
    region_name=os.environ["REGION"],
    aws_access_key_id=os.environ["ACCESS_KEY_ID"],
    aws_secret_access_key=os.environ["SECRET_ACCESS_KEY"],
    config=Config(s3={"addressing_style": "path"}),
)

if operation == "uploads":
    for upload in client.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
        if upload["Key"].startswith(key):
            print(upload["UploadId"])
elif operation == "begin":
    part = 8 << 20
    upload = client.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    with open(sys.argv[3], "rb") as file:
        content = file.read()
    for number in (2, 3):
        body = content[(number - 1) * part : number * part]
        client.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=body)
    print(upload)
elif operation == "write":
    with open(sys.argv[3], "rb") as body:
        client.put_object(
            Bucket=bucket,
            Key=key,
            Body=body,
            ContentType="text/x-notes",
            CacheControl="no-cache",
            Metadata={"owner": "ann"},
        )
else:
    answer = client.get_object(Bucket=bucket, Key=key)
    with open(sys.argv[3], "wb") as file:
        file.write(answer["Body"].read())
    seen = {
        "content_type": answer.get("ContentType"),
        "cache_control": answer.get("CacheControl"),
        "user": answer.get("Metadata"),
    }
    print(json.dumps(seen))
