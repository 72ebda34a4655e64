package io.deskwave.control.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A node that is at work is backed up, works on, and is lost; another takes over from the backup. Each script writes a line when
 * it starts, so that every start is known.
 */
final class BackupIT {
    private Installation installation;
    private Path starts;
    private Path backup;

    @BeforeEach
    void start() {
        installation = new Installation();
        installation.startAgent("desk");
        installation.startAgent("other");
        starts = installation.folder.resolve("starts");
        backup = installation.folder.resolve("backup.tar.gz");
    }

    @AfterEach
    void stop() {
        installation.close();
    }

    private String writing(String name, String rest) {
        return "echo " + name + " >> " + starts + "; " + rest;
    }

    private String run(String name, String rest, String desk) {
        return installation.run(writing(name, rest), new JsonObject(), desk);
    }

    private long startsOf(String name) throws IOException {
        return Files.readAllLines(starts).stream().filter(name::equals).count();
    }

    @Test
    void whatWasUnderWayIsEndedAndNothingStartsTwice() throws IOException {
        String failed = run("failed", "exit 1", "desk");
        assertThat(installation.awaitTask(failed, 30).getString("status")).isEqualTo("FAILED");
        String running =
                run("running", "i=1; while [ $i -le 40 ]; do echo line $i; i=$((i+1)); sleep 0.2; done", "desk");
        String waiting = run("waiting", "true", "desk");
        installation.awaitRecord(running, "RUNNING", 30);

        backUpUnderLoad();

        // The future that is lost: everything ends, more is done, another desktop comes.
        assertThat(installation.awaitTask(running, 60).getString("status")).isEqualTo("SUCCESS");
        assertThat(installation.awaitTask(waiting, 30).getString("status")).isEqualTo("SUCCESS");
        installation.call("POST", "/script-executions/retry", new JsonObject().put("task_id", failed));
        assertThat(installation.awaitTask(failed, 30).getString("status")).isEqualTo("FAILED");
        String later = run("later", "true", "other");
        installation.awaitTask(later, 30);
        installation.startAgent("late");
        String oldToken = installation.token();

        loseTheNode();
        refusesADamagedBackup();
        restore();
        installation.moveTo("restored");
        assertThat(installation
                        .send("GET", "/v2/" + installation.project() + "/desktops", null, oldToken)
                        .statusCode())
                .isEqualTo(401);
        String desk = installation.id("desk");
        assertThat(installation.startAgent("desk")).isEqualTo(desk);
        installation.startAgent("other");

        assertEnded(running, "FAILED", "AGENT_LOST");
        assertEnded(waiting, "SKIP", "STOPPED");
        assertThat(installation
                        .detail(installation.record(running).getString("id"))
                        .getString("output"))
                .startsWith("line 1\n");
        assertThat(installation
                        .call("GET", "/script-execution-tasks?task_id=" + later, null)
                        .getInteger("count"))
                .isZero();

        // What comes after a restore runs behind whatever an agent was told before: nothing of that is left to come.
        assertThat(installation.awaitTask(run("new", "true", "desk"), 30).getString("status"))
                .isEqualTo("SUCCESS");
        assertThat(startsOf("running")).isOne();
        assertThat(startsOf("waiting")).isOne();
        assertThat(startsOf("new")).isOne();
        assertThat(startsOf("failed")).isEqualTo(2);

        installation.call("POST", "/script-executions/retry", new JsonObject().put("task_id", failed));
        assertThat(installation.awaitTask(failed, 30).getString("status")).isEqualTo("FAILED");
        assertThat(startsOf("failed")).isEqualTo(3);
        theDesktopThatCameAfterTheBackupEnrolsAgain();
    }

    private void assertEnded(String task, String status, String resultCode) {
        JsonObject record = installation.record(task);
        assertThat(record.getString("status")).isEqualTo(status);
        assertThat(record.getString("result_code")).isEqualTo(resultCode);
        assertThat(record.getString("reason")).contains("restored from a backup of 20", "retry it");
    }

    private void backUpUnderLoad() throws IOException {
        AtomicBoolean enough = new AtomicBoolean();
        var load = CompletableFuture.runAsync(() -> {
            while (!enough.get()) {
                installation.awaitTask(run("load", "seq 1 2000", "other"), 30);
            }
        });
        Program made = installation.command(
                "backup", "--data-dir", installation.folder.resolve("cp").toString(), "--to", backup.toString());
        enough.set(true);
        load.join();
        assertThat(made.exitCode()).as(made.err()).isZero();
        assertThat(made.out()).isEqualTo("backed up " + backup + "\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(backup)))
                .isEqualTo("rw-------");
        try (Stream<Path> files = Files.list(installation.folder)) {
            assertThat(files.map(Path::toString)).noneMatch(name -> name.endsWith(".part"));
        }
    }

    /** With its disk; only the master key was kept elsewhere. */
    private void loseTheNode() throws IOException {
        installation.agent("desk").terminate();
        installation.agent("other").terminate();
        installation.agent("late").terminate();
        installation.controlPlane().kill();
        Path lost = installation.folder.resolve("cp");
        Files.copy(lost.resolve("master.key"), installation.folder.resolve("kept.key"));
        Files.setPosixFilePermissions(
                installation.folder.resolve("kept.key"), PosixFilePermissions.fromString("rw-------"));
        Eventually.holds(20, () -> !isServing(lost), () -> "its PostgreSQL did not end");
        try (Stream<Path> files = Files.walk(lost)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(file -> {
                boolean unused = file.delete();
            });
        }
        assertThat(lost).doesNotExist();
    }

    private static boolean isServing(Path dataDir) {
        try {
            String pid = Files.readAllLines(dataDir.resolve("postgres/data/postmaster.pid"))
                    .get(0);
            return Files.exists(Path.of("/proc", pid.strip(), "exe"));
        } catch (IOException gone) {
            return false;
        }
    }

    private void refusesADamagedBackup() throws IOException {
        Path damaged = installation.folder.resolve("damaged.tar.gz");
        Files.copy(backup, damaged);
        try (RandomAccessFile file = new RandomAccessFile(damaged.toFile(), "rw")) {
            file.seek(file.length() / 2);
            int old = file.read();
            file.seek(file.length() / 2);
            file.write(old ^ 1);
        }
        Program refused = restoreFrom(damaged);
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).contains("is damaged");
        assertThat(installation.folder.resolve("restored")).doesNotExist();
    }

    private void restore() {
        Program restored = restoreFrom(backup);
        assertThat(restored.exitCode()).as(restored.err()).isZero();
        assertThat(restored.out()).isEqualTo("restored " + installation.folder.resolve("restored") + "\n");
    }

    private Program restoreFrom(Path archive) {
        return installation.command(
                "restore",
                "--from",
                archive.toString(),
                "--data-dir",
                installation.folder.resolve("restored").toString(),
                "--master-key-file",
                installation.folder.resolve("kept.key").toString());
    }

    private void theDesktopThatCameAfterTheBackupEnrolsAgain() {
        String before = installation.id("late");
        Program unknown = installation.startAgentOn("late", installation.home("late"));
        unknown.awaitEnd(40);
        assertThat(unknown.exitCode()).isEqualTo(3);
        assertThat(unknown.err()).contains("there is no desktop " + before);
        JsonObject made = new JsonObject(installation
                .send("POST", "/v1/enrollment-tokens", "{}", installation.token())
                .body());

        assertThat(installation.startAgent("late", made.getString("enrollment_token")))
                .isNotEqualTo(before);
    }
}
