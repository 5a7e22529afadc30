"""Prints the ids of the multipart uploads that have begun and not ended below a prefix, one per line: `uploads PREFIX`."""

import os
import sys

import boto3
from botocore.config import Config

prefix = sys.argv[1]
bucket = os.environ["BUCKET"]
client = boto3.client(
    "s3",
    endpoint_url=os.environ["ENDPOINT"],
    region_name=os.environ["REGION"],
    aws_access_key_id=os.environ["ACCESS_KEY_ID"],
    aws_secret_access_key=os.environ["SECRET_ACCESS_KEY"],
    config=Config(s3={"addressing_style": "path"}),
)
for upload in client.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
    if upload["Key"].startswith(prefix):
        print(upload["UploadId"])
