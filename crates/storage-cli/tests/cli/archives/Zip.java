import java.io.*;
import java.nio.file.*;
import java.util.*;
import java.util.stream.*;
import java.util.zip.*;

/** `write ARCHIVE FOLDER` and `read ARCHIVE FOLDER` with java.util.zip, which streams: sizes stand behind contents. */
public class Zip {
    public static void main(String[] args) throws IOException {
        Path archive = Path.of(args[1]), folder = Path.of(args[2]);
        if (args[0].equals("write")) write(archive, folder); else read(archive, folder);
    }

    static void write(Path archive, Path folder) throws IOException {
        List<Path> paths;
        try (Stream<Path> found = Files.walk(folder)) {
            paths = found.sorted().filter(path -> !path.equals(folder)).collect(Collectors.toList());
        }
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(archive))) {
            for (Path path : paths) {
                boolean directory = Files.isDirectory(path);
                ZipEntry entry = new ZipEntry(folder.relativize(path) + (directory ? "/" : ""));
                entry.setLastModifiedTime(Files.getLastModifiedTime(path));
                out.putNextEntry(entry);
                if (!directory) Files.copy(path, out);
                out.closeEntry();
            }
        }
    }

    /** Twice: by the directory, and from the beginning as a stream. */
    static void read(Path archive, Path folder) throws IOException {
        int entries = 0;
        try (ZipFile file = new ZipFile(archive.toFile())) {
            entries = file.size();
        }
        try (ZipInputStream in = new ZipInputStream(Files.newInputStream(archive))) {
            for (ZipEntry entry; (entry = in.getNextEntry()) != null; entries--) {
                Path path = folder.resolve(entry.getName());
                if (entry.isDirectory()) { Files.createDirectories(path); continue; }
                Files.createDirectories(path.getParent());
                Files.copy(in, path);
            }
        }
        if (entries != 0) throw new IOException(entries + " entries more in the directory than in the stream");
    }
}
