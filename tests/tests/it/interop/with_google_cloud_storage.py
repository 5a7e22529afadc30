"""Writes and reads one object with google-cloud-storage: `with_google_cloud_storage.py write|read KEY FILE`."""

import json
import os
import sys

from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

operation, key, path = sys.argv[1:]
client = storage.Client(
    project="test",
    credentials=AnonymousCredentials(),
    client_options={"api_endpoint": os.environ["ENDPOINT"]},
)
blob = client.bucket(os.environ["BUCKET"]).blob(key)

if operation == "write":
    blob.cache_control = "no-cache"
    blob.metadata = {"owner": "ann"}
    blob.upload_from_filename(path, content_type="text/x-notes")
else:
    blob.download_to_filename(path)
    blob.reload()
    seen = {
        "content_type": blob.content_type,
        "cache_control": blob.cache_control,
        "user": blob.metadata or {},
    }
    print(json.dumps(seen))
