"""Writes and reads one blob with azure-storage-blob: `with_azure_storage_blob.py write|read KEY FILE`."""

import json
import os
import sys

from azure.storage.blob import BlobServiceClient, ContentSettings

operation, key, path = sys.argv[1:]
service = BlobServiceClient(os.environ["ENDPOINT"], credential=os.environ["ACCOUNT_KEY"])
blob = service.get_blob_client(os.environ["CONTAINER"], key)

if operation == "write":
    with open(path, "rb") as body:
        blob.upload_blob(
            body,
            overwrite=True,
            metadata={"owner": "ann"},
            content_settings=ContentSettings(content_type="text/x-notes", cache_control="no-cache"),
        )
else:
    download = blob.download_blob()
    with open(path, "wb") as file:
        file.write(download.readall())
    settings = download.properties.content_settings
    seen = {
        "content_type": settings.content_type,
        "cache_control": settings.cache_control,
        "user": download.properties.metadata,
    }
    print(json.dumps(seen))
