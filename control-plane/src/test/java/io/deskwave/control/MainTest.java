package io.deskwave.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.db.Waiting;
import io.vertx.pgclient.PgConnectOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as a process: what it prints, and how it ends. */
class MainTest {
    @TempDir
    Path folder;

    private final List<Process> processes = new ArrayList<>();
    private final PgConnectOptions database = TestDatabase.freshOptions();

    @AfterEach
    void killAll() {
        processes.forEach(Process::destroyForcibly);
    }

    @Test
    void saysWhereItServesAndEndsWithZeroWhenAskedTo() throws Exception {
        Process process = serve("data");
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);

        assertThat(output.readLine()).matches("ready http://127\\.0\\.0\\.1:[1-9][0-9]*");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("data"))))
                .isEqualTo("rwx------");

        assertThat(process.toHandle().destroy()).isTrue();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(output.readLine()).isNull();
    }

    @Test
    void endsAtOnceWhenAskedASecondTime() throws Exception {
        Process process = serve("data", "--drain-seconds", "60");
        assertThat(process.inputReader(StandardCharsets.UTF_8).readLine()).startsWith("ready ");
        assertThat(process.toHandle().destroy()).isTrue();
        BufferedReader log = process.errorReader(StandardCharsets.UTF_8);
        String line = log.readLine();
        while (line != null && !line.contains("this node ends")) {
            line = log.readLine();
        }

        assertThat(process.toHandle().destroy()).isTrue();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(143);
        assertThat(log.lines()).contains("deskwave: asked a second time, ending at once");
    }

    @Test
    void startsItsOwnPostgresWhenNoneIsNamedAndTakesItDownWithIt() throws Exception {
        Path data = folder.resolve("data");
        Process process = run("serve", "--port", "0", "--data-dir", data.toString());

        assertThat(process.inputReader(StandardCharsets.UTF_8).readLine()).startsWith("ready ");
        assertThat(data.resolve("postgres/data/postmaster.pid")).exists();

        assertThat(process.toHandle().destroy()).isTrue();
        assertThat(process.waitFor(15, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(data.resolve("postgres/data/postmaster.pid")).doesNotExist();
    }

    /** Its configuration is hidden for a while, so that the killed server cannot come back at once. */
    @Test
    void outlivesItsPostgresAndSaysThatItIsAway() throws Exception {
        Path data = folder.resolve("data/postgres/data");
        Process process =
                run("serve", "--port", "0", "--data-dir", folder.resolve("data").toString());
        String url = String.valueOf(process.inputReader(StandardCharsets.UTF_8).readLine())
                .substring("ready ".length());
        assertThat(ready(url)).contains("\"up\"");
        long postgres = Long.parseLong(
                Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
        Files.move(data.resolve("postgresql.conf"), data.resolve("hidden"));

        assertThat(ProcessHandle.of(postgres).orElseThrow().destroyForcibly()).isTrue();

        Waiting.until(
                "it says so", () -> ready(url).contains("the embedded PostgreSQL is down and is being started again"));
        Files.move(data.resolve("hidden"), data.resolve("postgresql.conf"));
        Waiting.until("it is back", () -> ready(url).contains("\"up\""));
        assertThat(process.isAlive()).isTrue();
        assertThat(process.toHandle().destroy()).isTrue();
        assertThat(process.waitFor(15, TimeUnit.SECONDS)).isTrue();
    }

    private static String ready(String url) {
        try {
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(url + "/health/ready"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void refusesADataFolderThatAnotherOneUses() throws Exception {
        Process first = serve("data");
        assertThat(first.inputReader(StandardCharsets.UTF_8).readLine()).startsWith("ready ");

        assertFault(serve("data"), 1, "another control plane uses the data folder");
    }

    @Test
    void refusesAPortThatIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            String port = Integer.toString(taken.getLocalPort());

            assertFault(serve("data", "--port", port), 1, port + " is taken", "--port");
        }
    }

    @Test
    void refusesADatabaseThatLetsNobodyIn() throws Exception {
        database.setPassword("hunter22");

        assertFault(serve("data"), 1, "refuses user 'deskwave'", "--database-url");
    }

    @Test
    void refusesADataFolderThatIsNone() throws Exception {
        Files.writeString(folder.resolve("file"), "");

        assertFault(serve("file"), 1, "the data folder", "there is a file of that name", "--data-dir");
    }

    @Test
    void refusesACertificateThatIsMissing() throws Exception {
        assertFault(
                serve("data", "--tls-certificate", "missing.pem", "--tls-private-key", "missing.pem"),
                1,
                "the file missing.pem of --tls-certificate");
    }

    @Test
    void refusesACertificateThatIsNone() throws Exception {
        Files.writeString(folder.resolve("key.pem"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        String file = folder.resolve("key.pem").toString();

        assertFault(
                serve("data", "--tls-certificate", file, "--tls-private-key", file),
                1,
                "of --tls-certificate is no PEM certificate");
    }

    @Test
    void endsWithTwoOnAWrongCommandLine() throws Exception {
        assertFault(run("serve", "--prot", "1"), 2, "did you mean --port?");
        assertFault(run("sevre"), 2, "must be serve");
    }

    @Test
    void printsItsUsage() throws Exception {
        Process process = run("--help");

        assertThat(process.inputReader(StandardCharsets.UTF_8).lines()).anyMatch(line -> line.contains("--data-dir D"));
        assertThat(process.waitFor()).isZero();
    }

    /** One line of ours on standard error, no stack trace, nothing on standard output. */
    private static void assertFault(Process process, int exit, String... parts) throws Exception {
        String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isEqualTo(exit);
        List<String> ours =
                said.lines().filter(line -> line.startsWith("deskwave: ")).toList();
        assertThat(ours).as(said).hasSize(1);
        assertThat(ours.get(0)).contains(parts);
        assertThat(said.toLowerCase(Locale.ROOT))
                .doesNotContain("\tat ")
                .doesNotContain("exception:")
                .doesNotContain("hunter22");
        assertThat(process.getInputStream().readAllBytes()).isEmpty();
    }

    private Process serve(String data, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("serve"));
        arguments.addAll(List.of("--data-dir", folder.resolve(data).toString()));
        arguments.addAll(List.of("--database-url", TestDatabase.url(database)));
        if (!List.of(more).contains("--port")) {
            arguments.addAll(List.of("--port", "0"));
        }
        arguments.addAll(List.of(more));
        return run(arguments.toArray(String[]::new));
    }

    private Process run(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("DESKWAVE_"));
        Process process = builder.start();
        processes.add(process);
        return process;
    }
}
