import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;

/**
 * A client of HDFS that writes and reads all the time, for the tests: HdfsClient DIRECTORY, with core-site.xml and hdfs-site.xml in
 * that directory of its own host. What a file holds follows from its number, so whoever reads it knows what it must be.
 *
 * <p>events: a line for each operation, "end-ms duration-ms write|read|delete ok|late|failed|wrong detail". acked: "+n" when file n was
 * closed, "-n" before it is deleted; read again when the program is started again. Who puts a word into the file request gets
 * "word good wrong failed" in answer once all canary files and all acknowledged ones were read.
 */
public final class HdfsClient {
  private static final int CANARIES = 200;
  private static final int KEPT = 40;
  private static final long PAUSE_MS = 150;

  private final Path directory;
  private FileSystem files;
  private String configured = "";
  private final TreeSet<Long> acked = new TreeSet<>();
  private long next = 1000;

  private HdfsClient(Path directory) throws IOException {
    this.directory = directory;
    remember();
  }

  /** By its files as they are now: whoever keeps a client running gives it the new ones when they change. */
  private synchronized FileSystem files() throws IOException {
    String text = Files.readString(directory.resolve("hdfs-site.xml"));
    if (files != null && text.equals(configured)) return files;
    Configuration configuration = new Configuration();
    for (String name : List.of("core-site.xml", "hdfs-site.xml")) {
      configuration.addResource(new org.apache.hadoop.fs.Path(directory.resolve(name).toUri()));
    }
    files = FileSystem.newInstance(configuration);
    configured = text;
    return files;
  }

  public static void main(String[] arguments) throws Exception {
    HdfsClient client = new HdfsClient(Paths.get(arguments[0]));
    client.plant();
    new Thread(() -> client.forever(client::read), "reader").start();
    new Thread(() -> client.forever(client::answer), "answerer").start();
    client.forever(client::write);
  }

  private interface Work {
    void run() throws Exception;
  }

  private void forever(Work work) {
    for (;;) {
      try {
        work.run();
        Thread.sleep(PAUSE_MS);
      } catch (Exception error) {
        // Of its own files: without them it cannot say what it saw.
        error.printStackTrace();
        Runtime.getRuntime().halt(1);
      }
    }
  }

  private void remember() throws IOException {
    Path file = directory.resolve("acked");
    if (!Files.exists(file)) return;
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        long number = Long.parseLong(line.substring(1));
        if (line.startsWith("+")) acked.add(number);
        else acked.remove(number);
        // One that was begun and not acknowledged may stand there.
        next = Math.max(next, number + 1000);
      }
    }
  }

  /** The canary files, once in the life of the file system. */
  private void plant() throws Exception {
    Path done = directory.resolve("planted");
    for (int number = 0; !Files.exists(done) && number < CANARIES; ) {
      if (attempt("write", number, () -> put(true))) number++;
      else Thread.sleep(1000);
    }
    if (!Files.exists(done)) Files.createFile(done);
  }

  private void write() throws Exception {
    long number = next++;
    if (attempt("write", number, () -> put(false))) {
      note("acked", "+" + number);
      synchronized (acked) {
        acked.add(number);
      }
    }
    Long old;
    synchronized (acked) {
      old = acked.size() > KEPT ? acked.pollFirst() : null;
    }
    if (old == null) return;
    // Whether it is gone is not known from here on.
    note("acked", "-" + old);
    attempt("delete", old, () -> n -> files().delete(place(n), false));
  }

  private final Random random = new Random();

  private void read() throws Exception {
    Long[] all;
    synchronized (acked) {
      all = acked.toArray(new Long[0]);
    }
    int index = random.nextInt(all.length + CANARIES);
    long number = index < all.length ? all[index] : index - all.length;
    attempt("read", number, () -> this::check);
  }

  private void answer() throws Exception {
    Path request = directory.resolve("request");
    if (!Files.exists(request)) return;
    String word = Files.readString(request).trim();
    Files.delete(request);
    List<Long> all = new ArrayList<>();
    for (long number = 0; number < CANARIES; number++) all.add(number);
    synchronized (acked) {
      all.addAll(acked);
    }
    int good = 0;
    int wrong = 0;
    int failed = 0;
    for (long number : all) {
      String outcome = outcomeOf("read", number, () -> this::check);
      if (outcome.equals("ok") || outcome.equals("late")) good++;
      else if (outcome.equals("wrong")) wrong++;
      else failed++;
    }
    Path answer = directory.resolve("answer.new");
    Files.writeString(answer, String.join(" ", word, "" + good, "" + wrong, "" + failed));
    Files.move(answer, directory.resolve("answer"), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private interface OnFile {
    void run(long number) throws Exception;
  }

  private interface Choice {
    OnFile get();
  }

  private static final class WrongData extends Exception {
    private static final long serialVersionUID = 1;

    WrongData(String message) {
      super(message);
    }
  }

  private boolean attempt(String operation, long number, Choice work) throws IOException {
    return outcomeOf(operation, number, work).equals("ok");
  }

  private String outcomeOf(String operation, long number, Choice work) throws IOException {
    long began = System.currentTimeMillis();
    String outcome = "ok";
    String detail = "" + number;
    try {
      work.get().run(number);
    } catch (WrongData error) {
      outcome = "wrong";
      detail = error.getMessage();
    } catch (Exception error) {
      outcome = operation.equals("read") && error instanceof FileNotFoundException ? "wrong" : "failed";
      detail = number + " " + error;
    }
    // The writer has taken it away meanwhile.
    if (operation.equals("read") && !isAcked(number)) outcome = "late";
    long ended = System.currentTimeMillis();
    String line = String.join(" ", "" + ended, "" + (ended - began), operation, outcome, detail.split("\n")[0]);
    note("events", line);
    return outcome;
  }

  private boolean isAcked(long number) {
    synchronized (acked) {
      return number < CANARIES || acked.contains(number);
    }
  }

  private OnFile put(boolean anew) {
    return number -> {
      try (OutputStream out = files().create(place(number), anew)) {
        out.write(contentOf(number));
      }
    };
  }

  private void check(long number) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    long length = 0;
    try (InputStream in = files().open(place(number))) {
      byte[] buffer = new byte[65536];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        digest.update(buffer, 0, count);
        length += count;
      }
    }
    byte[] wanted = contentOf(number);
    if (Arrays.equals(digest.digest(), MessageDigest.getInstance("SHA-256").digest(wanted))) return;
    throw new WrongData(place(number) + " has " + length + " bytes that are not the " + wanted.length + " written");
  }

  private static org.apache.hadoop.fs.Path place(long number) {
    return new org.apache.hadoop.fs.Path(number < CANARIES ? "/canary/" + number : "/client/" + number);
  }

  private static byte[] contentOf(long number) {
    byte[] bytes = new byte[1000 + (int) (number * 7919 % 60000)];
    new Random(number).nextBytes(bytes);
    return bytes;
  }

  private synchronized void note(String file, String line) throws IOException {
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    Files.write(directory.resolve(file), bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
