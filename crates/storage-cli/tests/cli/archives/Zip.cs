using System.IO;
using System.IO.Compression;

/// `write ARCHIVE FOLDER` and `read ARCHIVE FOLDER` with System.IO.Compression.
static class Zip {
    static void Main(string[] args) {
        if (args[0] == "write") ZipFile.CreateFromDirectory(args[2], args[1]);
        else ZipFile.ExtractToDirectory(args[1], args[2]);
    }
}
