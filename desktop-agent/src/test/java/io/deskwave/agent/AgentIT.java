package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.OutputStreamName;
import io.deskwave.protocol.PowerAction;
import io.deskwave.protocol.Refusal;
import io.deskwave.protocol.ResultCode;
import io.deskwave.protocol.ScriptType;
import io.deskwave.protocol.Step;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent as a process of its own: killed, frozen, started twice. */
final class AgentIT {
    @TempDir
    private Path folder;

    private final FakeControl control = new FakeControl();
    private final List<Process> processes = new ArrayList<>();

    private Path home() {
        return folder.resolve("home");
    }

    private Process start() throws Exception {
        Path token = Files.writeString(folder.resolve("token"), control.token().encode());
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@" + Path.of("desktop-agent.options").toAbsolutePath(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "run",
                        "--home",
                        home().toString(),
                        "--enrollment-token-file",
                        token.toString(),
                        "--power",
                        "simulate",
                        "--simulate-power-seconds",
                        "0")
                .redirectOutput(ProcessBuilder.Redirect.appendTo(stdout()))
                .redirectError(ProcessBuilder.Redirect.appendTo(stderr()))
                .start();
        processes.add(process);
        return process;
    }

    private File stdout() {
        return folder.resolve("stdout").toFile();
    }

    private File stderr() {
        return folder.resolve("stderr").toFile();
    }

    private static void signal(Process process, String name) throws Exception {
        int code = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
        assertThat(code).isZero();
    }

    private static int exitCode(Process process) throws Exception {
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    @AfterEach
    void endAll() throws Exception {
        for (Process process : processes) {
            process.toHandle().destroyForcibly();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
        control.close();
        System.err.println(Files.exists(stderr().toPath()) ? Files.readString(stderr().toPath()) : "no stderr");
    }

    @Test
    void adoptsAScriptThatOutlivedItAndStartsItOnce() throws Exception {
        Process first = start();
        control.awaitHello(1);
        Path counter = folder.resolve("counter");
        Path go = folder.resolve("go");
        AttemptId id = control.run("echo x >> " + counter + "; echo before; while [ ! -e " + go
                + " ]; do sleep 0.05; done; echo after; exit 9");
        assertThat(control.started(id)).isNotNull();
        Eventually.until("some output", () -> control.stored(id).nextSeq > 0);
        signal(first, "KILL");
        assertThat(exitCode(first)).isEqualTo(137);
        Process second = start();
        control.awaitHello(2);
        assertThat(control.hellos.get(1).held()).singleElement().matches(held -> held.startedAt() != null);
        Files.createFile(go);
        AgentMessage.Finished finished = control.finished(id);
        assertThat(finished.outcome().code()).isEqualTo(ResultCode.EXITED);
        assertThat(finished.outcome().exitCode()).isEqualTo(9);
        assertThat(control.stored(id).text(OutputStreamName.STDOUT)).isEqualTo("before\nafter\n");
        assertThat(Files.readString(counter)).isEqualTo("x\n");
        assertThat(control.enrollments).hasSize(1);
        signal(second, "TERM");
        long start = System.nanoTime();
        assertThat(exitCode(second)).isZero();
        assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(3));
        assertThat(Files.readAllLines(stdout().toPath())).hasSize(2).allMatch(line -> line.startsWith("connected "));
    }

    @Test
    void tellsWhatEndedWhileItWasDownAndKeepsTheTimeLimit() throws Exception {
        Process first = start();
        control.awaitHello(1);
        AttemptId ended = control.run("sleep 0.5; echo done; exit 5");
        AttemptId overdue = control.run("sleep 7354", 2, 1000);
        assertThat(control.started(ended)).isNotNull();
        assertThat(control.started(overdue)).isNotNull();
        signal(first, "KILL");
        assertThat(exitCode(first)).isEqualTo(137);
        Path exit = home().resolve("runs").resolve(ended.toString()).resolve("exit.5");
        Eventually.until("the wrapper wrote the exit code", () -> Files.exists(exit));
        assertThat(start().isAlive()).isTrue();
        assertThat(control.finished(ended).outcome().exitCode()).isEqualTo(5);
        assertThat(control.stored(ended).text(OutputStreamName.STDOUT)).isEqualTo("done\n");
        assertThat(control.finished(overdue).outcome().code()).isEqualTo(ResultCode.TIMED_OUT);
        assertThat(ProcessTree.isMarkedAlive(overdue)).isFalse();
    }

    @Test
    void startsOnceWhatItAcceptedButHadNoTimeToStart() throws Exception {
        Process first = start();
        control.awaitHello(1);
        signal(first, "KILL");
        assertThat(exitCode(first)).isEqualTo(137);
        Path counter = folder.resolve("counter");
        var sameBoot = new AttemptId(UUID.randomUUID(), 1);
        var otherBoot = new AttemptId(UUID.randomUUID(), 1);
        var order = new JournalEntry.Order(ScriptType.SHELL, 60, 1000);
        var journal = new Journal(home().resolve("runs"));
        String text = "echo x >> " + counter;
        journal.create(
                JournalEntry.accepted(sameBoot, Instant.now(), Boot.real().id(), order), text);
        journal.create(JournalEntry.accepted(otherBoot, Instant.now(), "an earlier boot", order), text);
        assertThat(start().isAlive()).isTrue();
        assertThat(control.finished(sameBoot).outcome().exitCode()).isZero();
        assertThat(control.finished(otherBoot).outcome().code()).isEqualTo(ResultCode.INTERRUPTED);
        assertThat(control.finished(otherBoot).outcome().started()).isFalse();
        assertThat(Files.readString(counter)).isEqualTo("x\n");
    }

    @Test
    void saysInterruptedWhenTheScriptIsGoneToo() throws Exception {
        Process first = start();
        control.awaitHello(1);
        AttemptId id = control.run("sleep 7355 & echo $PPID; wait");
        Eventually.until("the wrapper's pid", () -> control.stored(id).nextSeq > 0);
        long wrapper =
                Long.parseLong(control.stored(id).text(OutputStreamName.STDOUT).strip());
        signal(first, "KILL");
        assertThat(exitCode(first)).isEqualTo(137);
        boolean killed = ProcessHandle.of(wrapper).orElseThrow().destroyForcibly();
        assertThat(killed).isTrue();
        assertThat(start().isAlive()).isTrue();
        assertThat(control.finished(id).outcome().code()).isEqualTo(ResultCode.INTERRUPTED);
        assertThat(control.finished(id).outcome().started()).isTrue();
        assertThat(ProcessTree.isMarkedAlive(id)).isFalse();
    }

    @Test
    void survivesBeingFrozen() throws Exception {
        Process agent = start();
        control.awaitHello(1);
        Path counter = folder.resolve("counter");
        AttemptId id = control.run("echo x >> " + counter + "; sleep 1; echo y; exit 6");
        assertThat(control.started(id)).isNotNull();
        signal(agent, "STOP");
        control.dropSession();
        Path exit = home().resolve("runs").resolve(id.toString()).resolve("exit.6");
        Eventually.until("the script ended without its agent", () -> Files.exists(exit));
        signal(agent, "CONT");
        assertThat(control.finished(id).outcome().exitCode()).isEqualTo(6);
        assertThat(control.stored(id).text(OutputStreamName.STDOUT)).isEqualTo("y\n");
        assertThat(Files.readString(counter)).isEqualTo("x\n");
        assertThat(control.hellos.get(1).instanceId())
                .isEqualTo(control.hellos.get(0).instanceId());
    }

    @Test
    void keepsItsSimulatedBoot() throws Exception {
        Process first = start();
        control.awaitHello(1);
        control.send(control.powerStep(
                Step.POST_FINISH, PowerAction.STOP, control.hellos.get(0).host().bootId()));
        control.awaitHello(2);
        String simulated = control.hellos.get(1).host().bootId();
        assertThat(simulated).startsWith("simulated-");
        signal(first, "TERM");
        assertThat(exitCode(first)).isZero();
        assertThat(start().isAlive()).isTrue();
        control.awaitHello(3);
        assertThat(control.hellos.get(2).host().bootId()).isEqualTo(simulated);
    }

    @Test
    void refusesASecondAgentInTheSameHome() throws Exception {
        assertThat(start().isAlive()).isTrue();
        control.awaitHello(1);
        Process second = start();
        assertThat(exitCode(second)).isEqualTo(2);
        assertThat(Files.readString(stderr().toPath())).contains("another agent runs in " + home());
    }

    @Test
    void endsWithThreeWhenItIsRefusedForGood() throws Exception {
        control.refuseNext(FakeControl.refusal(Refusal.Reason.EXPIRED, null));
        Process agent = start();
        assertThat(exitCode(agent)).isEqualTo(3);
        assertThat(Files.readString(stderr().toPath())).contains("EXPIRED: told by the test");
        assertThat(stdout()).isEmpty();
    }

    /** Around the moments in which it writes the journal, starts the wrapper and writes again. */
    @Test
    void startsAScriptExactlyOnceWheneverItIsKilled() throws Exception {
        var random = new Random(20261121);
        Process agent = start();
        for (int round = 1; round <= 8; round++) {
            control.awaitHello(round);
            Path counter = folder.resolve("counter" + round);
            var id = new AttemptId(UUID.randomUUID(), 1);
            var order = control.runScript(id, "echo x >> " + counter, 60, 1000);
            control.send(order);
            LockSupport.parkNanos(random.nextInt(25_000_000));
            signal(agent, "KILL");
            assertThat(exitCode(agent)).isEqualTo(137);
            agent = start();
            control.awaitHello(round + 1);
            boolean held = control.hellos.get(round).held().stream()
                    .anyMatch(each -> each.recordId().equals(id.recordId()));
            if (!held && control.find(AgentMessage.Finished.class, id).isEmpty()) {
                control.send(order); // it was killed before it heard of it
            }
            assertThat(control.finished(id).outcome().code()).isEqualTo(ResultCode.EXITED);
            assertThat(Files.readString(counter)).isEqualTo("x\n");
        }
    }

    @Test
    void fitsInLittleMemory() throws Exception {
        Process agent = start();
        control.awaitHello(1);
        AttemptId id = control.run("head -c 3000000 /dev/zero | tr '\\0' a");
        assertThat(control.finished(id).outcome().exitCode()).isZero();
        Eventually.until(
                "it looked at its host",
                () -> control.host().filter(host -> host.memoryBytes() > 0).isPresent());
        String status = Files.readString(Path.of("/proc/" + agent.pid() + "/status"));
        String line =
                status.lines().filter(l -> l.startsWith("VmRSS:")).findFirst().orElseThrow();
        System.err.println("agent " + line);
        assertThat(Long.parseLong(line.replaceAll("[^0-9]", ""))).isLessThan(140_000);
    }
}
