"""`write ARCHIVE FOLDER` and `read ARCHIVE FOLDER` with the standard library."""

import pathlib
import sys
import zipfile

task, archive, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
if task == "read":
    with zipfile.ZipFile(archive) as file:
        assert file.testzip() is None
        file.extractall(folder)
else:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.rglob("*")):
            file.write(path, path.relative_to(folder))
