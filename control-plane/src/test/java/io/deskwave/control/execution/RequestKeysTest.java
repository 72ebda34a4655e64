package io.deskwave.control.execution;

import static io.deskwave.control.execution.Fleet.PROJECT;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.desktop.ApiFixture;
import io.deskwave.control.desktop.ApiFixture.Answer;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A request that is sent again under its key, because its answer was lost, through the real front door. */
final class RequestKeysTest {
    private static final String PATH = "{v2}/script-executions";

    private final Vertx vertx = Vertx.vertx();
    private final Fleet fleet = new Fleet(vertx);
    private final UUID desktop = fleet.desktop("a", true);
    private final ApiFixture api = new ApiFixture(
            vertx, PROJECT, operations -> new ExecutionRoutes(fleet.executions, fleet.interventions).mount(operations));

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private Answer start(String command, String... headers) {
        String body = "{'resource_ids':['" + desktop + "'],'command_type':'SHELL','command_content':'" + command + "'}";
        return api.send("POST", PATH, body, "*", headers);
    }

    private static String task(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json().getString("task_id");
    }

    private long tasks() {
        return fleet.sql("SELECT count(*) FROM execution_tasks").get(0).getLong(0);
    }

    @Test
    void theSameKeyWithTheSameRequestAnswersTheTaskThatItMade() {
        Answer first = start("uptime", "Idempotency-Key", "nightly-1");
        Answer again = start("uptime", "Idempotency-Key", "nightly-1");

        assertThat(task(again)).isEqualTo(task(first));
        assertThat(again.json().getString("rule")).isEqualTo(first.json().getString("rule"));
        assertThat(first.json().containsKey("repeated")).isFalse();
        assertThat(again.json().getBoolean("repeated")).isTrue();
        assertThat(tasks()).isEqualTo(1);
    }

    @Test
    void withoutAKeyOrWithAnotherTheSameRequestIsAnotherTask() {
        List<String> made = List.of(
                task(start("uptime")),
                task(start("uptime")),
                task(start("uptime", "Idempotency-Key", "a")),
                task(start("uptime", "Idempotency-Key", "b")));
        assertThat(made).doesNotHaveDuplicates();
        assertThat(tasks()).isEqualTo(4);
    }

    @Test
    void theSameKeyWithAnotherRequestIsRefused() {
        String task = task(start("uptime", "Idempotency-Key", "k"));
        Answer other = start("reboot", "Idempotency-Key", "k");
        assertThat(other.status()).isEqualTo(409);
        assertThat(other.json().getString("error_msg")).contains(task).contains("send a new key");
        assertThat(tasks()).isEqualTo(1);
    }

    @Test
    void manyAtOnceMakeOneTask() {
        Set<String> made = IntStream.range(0, 16)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> task(start("uptime", "Idempotency-Key", "k"))))
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .collect(Collectors.toSet());
        assertThat(made).hasSize(1);
        assertThat(tasks()).isEqualTo(1);
    }

    @Test
    void aRetryIsDoneOncePerKey() {
        UUID task = UUID.fromString(task(start("uptime", "Idempotency-Key", "k")));
        fleet.run(fleet.claim().get(0), 1);
        assertThat(retry(task, "r").json().getInteger("retried_num")).isEqualTo(1);
        fleet.run(fleet.claim().get(0), 1);

        Answer again = retry(task, "r");

        assertThat(again.status()).isEqualTo(200);
        assertThat(again.json().getBoolean("repeated")).isTrue();
        assertThat(again.json().getInteger("retried_num")).isZero();
        assertThat(fleet.claim()).isEmpty();
        assertThat(retry(task, "k").status()).as("the key of another request").isEqualTo(409);
        assertThat(retry(task, "s").json().getInteger("retried_num")).isEqualTo(1);
    }

    private Answer retry(UUID task, String key) {
        return api.send("POST", PATH + "/retry", "{'task_id':'" + task + "'}", "*", "Idempotency-Key", key);
    }

    @Test
    void aRequestThatWasRefusedLeavesItsKeyFree() {
        assertThat(start(" ", "Idempotency-Key", "k").status()).isEqualTo(400);
        String nowhere =
                "{'resource_ids':['" + UUID.randomUUID() + "'],'command_type':'SHELL','command_content':'uptime'}";
        assertThat(api.send("POST", PATH, nowhere, "*", "Idempotency-Key", "k").status())
                .isEqualTo(404);
        assertThat(start("uptime", "Idempotency-Key", "k").json().containsKey("repeated"))
                .isFalse();
    }

    @Test
    void twoKeysAreRefused() {
        assertThat(start("uptime", "Idempotency-Key", "a", "Idempotency-Key", "b")
                        .status())
                .isEqualTo(400);
        assertThat(tasks()).isZero();
    }

    static Stream<String> aKeyThatIsNoneIsRefusedAndNothingRuns() {
        return Stream.of("", "two words", "x".repeat(256));
    }

    @ParameterizedTest
    @MethodSource
    void aKeyThatIsNoneIsRefusedAndNothingRuns(String key) {
        Answer answer = start("uptime", "Idempotency-Key", key);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().getString("error_msg")).contains("Idempotency-Key must be 1 to 255");
        assertThat(tasks()).isZero();
    }
}
