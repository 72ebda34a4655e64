package io.deskwave.control.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.desktop.DesktopFixture;
import io.deskwave.control.desktop.PowerOp;
import io.deskwave.control.desktop.ProviderCall;
import io.deskwave.control.desktop.ProviderCall.Answer;
import io.deskwave.control.desktop.ProviderCall.Result;
import io.deskwave.control.desktop.Tag;
import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.HostInfo.NetworkInterface;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real processes. */
class ProviderTest {
    private static final String TOKEN = "eyJ0b2tlbiI6InNlY3JldCJ9";

    @TempDir
    private Path folder;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private static ProviderCall call(PowerOp op, Duration left, @Nullable String token) {
        return new ProviderCall(
                UUID.fromString("11111111-2222-4333-8444-555555555555"),
                op,
                Instant.now().plus(left),
                "p",
                UUID.fromString("99999999-2222-4333-8444-555555555555"),
                "a \"quoted\" name, \"action\":\"stop\"",
                "machine-1",
                DesktopFixture.host("10.1.2.3"),
                null,
                List.of(new Tag("room", "4")),
                new JsonObject().put("image_id", "win11").put("something", "else"),
                token);
    }

    private Answer ask(ProviderCall call, String... lines) throws Exception {
        Path program = program(lines);
        return new Provider(vertx, program, () -> "http://here", Instant::now)
                .ask(call)
                .await(30, TimeUnit.SECONDS);
    }

    private Answer ask(String... lines) throws Exception {
        return ask(call(PowerOp.START, Duration.ofSeconds(20), null), lines);
    }

    private Path program(String... lines) throws IOException {
        Path program = folder.resolve("provider");
        Files.writeString(program, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void isToldOfWholeNetworkAddressesOnly() {
        HostInfo h = DesktopFixture.host("10.1.2.3");
        var cards = Stream.of(".", "52:54", "-e", "02:00:00:00:00:01 ", "52:54:00:AA:00:01")
                .map(mac -> new NetworkInterface("eth0", mac, List.of(), List.of()))
                .toList();
        ProviderCall good = call(PowerOp.START, Duration.ofSeconds(20), null);
        var call = new ProviderCall(
                good.actionId(),
                good.op(),
                good.deadline(),
                good.projectId(),
                good.desktopId(),
                good.computerName(),
                good.machineId(),
                new HostInfo(
                        h.osType(),
                        h.osName(),
                        h.osVersion(),
                        h.architecture(),
                        h.hostname(),
                        h.machineId(),
                        h.bootId(),
                        h.bootTime(),
                        h.cpu(),
                        h.memoryBytes(),
                        h.disks(),
                        cards,
                        h.users()),
                null,
                List.of(),
                new JsonObject(),
                null);
        assertThat(new JsonObject(ProviderQuestion.of(call, "http://here"))
                        .getJsonObject("desktop")
                        .getJsonArray("mac_addresses"))
                .containsExactly("52:54:00:AA:00:01");
    }

    @Test
    void isToldOfTheDesktopAsOneObjectOnOneLine() throws Exception {
        Answer answer = ask(
                call(PowerOp.REBUILD, Duration.ofSeconds(20), TOKEN),
                "cat > asked; env > env; echo \"$#\" > arguments",
                "echo '{\"result\": \"accepted\", \"message\": \"in a while\"}'");
        assertThat(answer).isEqualTo(new Answer(Result.ACCEPTED, "in a while"));
        String asked = Files.readString(folder.resolve("asked"));
        assertThat(asked.lines()).hasSize(1);
        var question = new JsonObject(asked);
        assertThat(question.getString("deadline")).endsWith("Z");
        question.remove("deadline");
        assertThat(question)
                .isEqualTo(new JsonObject()
                        .put("version", 1)
                        .put("action", "rebuild")
                        .put("action_id", "11111111-2222-4333-8444-555555555555")
                        .put("project_id", "p")
                        .put(
                                "desktop",
                                new JsonObject()
                                        .put("desktop_id", "99999999-2222-4333-8444-555555555555")
                                        .put("computer_name", "a \"quoted\" name, \"action\":\"stop\"")
                                        .put("machine_id", "machine-1")
                                        .put("mac_addresses", new JsonArray().add("02:00:00:00:00:01"))
                                        .put(
                                                "ip_addresses",
                                                new JsonArray(List.of(
                                                        "127.0.0.1", "::1", "10.1.2.3", "fe80::1", "2001:db8::5")))
                                        .put("os_type", "Linux")
                                        .put("pool_id", null)
                                        .put(
                                                "tags",
                                                new JsonArray()
                                                        .add(new JsonObject()
                                                                .put("key", "room")
                                                                .put("value", "4")))
                                        .put("attributes", new JsonObject().put("image_id", "win11")))
                        .put(
                                "enrollment",
                                new JsonObject().put("endpoint", "http://here").put("token", TOKEN)));
        assertThat(Files.readString(folder.resolve("arguments"))).isEqualTo("0\n");
        assertThat(Files.readString(folder.resolve("env")).lines().map(line -> line.replaceAll("=.*", "")))
                .as("nothing of this process's environment but what a program cannot do without")
                .isSubsetOf(
                        "PATH",
                        "HOME",
                        "LANG",
                        "LC_ALL",
                        "TZ",
                        "TMPDIR",
                        "PWD",
                        "OLDPWD",
                        "SHLVL",
                        "_",
                        "DESKWAVE_PROVIDER_ACTION");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "echo '{\"result\":\"done\"}'                              | DONE        | ``",
                "echo '{\"result\":\"done\",\"message\":null}'             | DONE        | ``",
                "echo '{\"result\":\"unsupported\",\"message\":\"no VM\"}' | UNSUPPORTED | no VM",
                "printf '%s' '{\"result\":\"failed\",\"message\":\"no\\nroom\"}' | FAILED      | no room",
                "echo '{\"result\":\"done\"}'; echo a >&2; echo b >&2; exit 3 | FAILED   | it failed with exit code 3: b",
                "exit 1                                                    | FAILED      | it failed with exit code 1",
                "echo done                                                 | FAILED      | it ended with exit code 0 and without an answer such as {\"result\": \"done\"}",
                "echo '{\"result\":\"perhaps\"}'                           | FAILED      | it ended with exit code 0 and without an answer such as {\"result\": \"done\"}",
                "echo '[]'                                                 | FAILED      | it ended with exit code 0 and without an answer such as {\"result\": \"done\"}",
                "true                                                      | FAILED      | it ended with exit code 0 and without an answer such as {\"result\": \"done\"}",
                "head -c 100000 /dev/zero | FAILED      | it said more than 64 KiB",
                "kill -9 $$                                                | FAILED      | it failed with exit code 137",
            })
    void readsWhatItSays(String script, Result result, String message) throws Exception {
        assertThat(ask(script)).isEqualTo(new Answer(result, message));
    }

    @Test
    void aLotOnStandardErrorHurtsNobody() throws Exception {
        assertThat(ask("yes | head -c 3000000 >&2", "echo '{\"result\":\"done\"}'")
                        .result())
                .isEqualTo(Result.DONE);
    }

    @Test
    void neverRepeatsTheToken() throws Exception {
        Answer answer =
                ask(call(PowerOp.REBUILD, Duration.ofSeconds(20), TOKEN), "echo it is " + TOKEN + " >&2", "exit 1");
        assertThat(answer.message()).isEqualTo("it failed with exit code 1: it is ***");
        assertThat(call(PowerOp.REBUILD, Duration.ZERO, TOKEN).toString()).doesNotContain(TOKEN);
    }

    @Test
    void doesNotWaitForWhatItLeavesRunning() throws Exception {
        long before = System.nanoTime();
        Answer answer = ask("sleep 60 & echo $! > child", "echo '{\"result\":\"accepted\"}'");
        assertThat(answer.result()).isEqualTo(Result.ACCEPTED);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(20));
        assertThat(child("child"))
                .as("that is what accepted is for")
                .get()
                .matches(ProcessHandle::isAlive)
                .matches(ProcessHandle::destroyForcibly);
    }

    @Test
    void isEndedBeforeTheDeadlineWithEverythingItStarted() throws Exception {
        Answer answer = ask(
                call(PowerOp.START, Duration.ofSeconds(4), null),
                "trap '' TERM",
                "sleep 61 & echo $! > one",
                "(setsid sh -c 'echo $$ > two; exec sleep 62' &)",
                "echo waiting for the hypervisor >&2",
                "while :; do sleep 1; done");
        assertThat(answer)
                .isEqualTo(new Answer(
                        Result.FAILED,
                        "it did not answer before the deadline and was ended: waiting for the hypervisor"));
        assertThat(child("one").filter(ProcessHandle::isAlive)).isEmpty();
        assertThat(child("two").filter(ProcessHandle::isAlive))
                .as("it had left the session")
                .isEmpty();
    }

    private Optional<ProcessHandle> child(String file) throws IOException {
        return ProcessHandle.of(
                Long.parseLong(Files.readString(folder.resolve(file)).strip()));
    }

    @Test
    void saysWhenItCannotBeStarted() throws Exception {
        Path program = program("");
        Files.writeString(program, "#!/no/such/interpreter\n");
        Answer answer = new Provider(vertx, program, () -> "", Instant::now)
                .ask(call(PowerOp.START, Duration.ofSeconds(5), null))
                .await(10, TimeUnit.SECONDS);
        assertThat(answer.result()).isEqualTo(Result.FAILED);
        assertThat(answer.message()).startsWith("it could not be started: ");
    }

    @Test
    void knowsWhatIsNoProvider() throws Exception {
        Path program = program("true");
        assertThat(Provider.fault(program)).isEmpty();
        assertThat(Provider.fault(folder)).contains("is not a file");
        assertThat(Provider.fault(folder.resolve("none"))).contains("is not there");
        assertThat(Provider.fault(Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rw-------"))))
                .contains("may not be executed: check its mode");
    }
}
