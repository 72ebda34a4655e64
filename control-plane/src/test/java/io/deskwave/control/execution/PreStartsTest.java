package io.deskwave.control.execution;

import static io.deskwave.control.execution.Fleet.NODE;
import static io.deskwave.control.execution.Fleet.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.desktop.DesktopFixture;
import io.deskwave.control.desktop.JobStore;
import io.deskwave.control.desktop.Jobs;
import io.deskwave.control.desktop.PoolStore;
import io.deskwave.control.desktop.PowerJobs;
import io.deskwave.control.desktop.ProviderCall;
import io.deskwave.control.desktop.ProviderCall.Answer;
import io.deskwave.control.desktop.ProviderCall.Result;
import io.deskwave.control.desktop.ProviderOrders;
import io.deskwave.control.execution.ExecutionRequest.PreStart;
import io.deskwave.control.execution.ExecutionRequest.Work;
import io.deskwave.protocol.ScriptType;
import io.deskwave.protocol.Wire;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Starts that executions wait for, where there is a provider; the provider is played by hand. */
final class PreStartsTest {
    private final Vertx vertx = Vertx.vertx();
    private final Fleet fleet = new Fleet(vertx);
    private final JobStore jobs = new JobStore();
    private final PreStarts starts = new PreStarts(
            fleet.database, new PowerJobs(fleet.database, jobs, new PoolStore(), () -> fleet.now), () -> fleet.now);
    private final ProviderOrders provider = new ProviderOrders(
            fleet.database,
            jobs,
            () -> new ProviderOrders.Secret("s", Buffer.buffer(UUID.randomUUID().toString())),
            () -> fleet.now);
    private final Wakes wakes = new Wakes(fleet.database, () -> fleet.now);

    @AfterEach
    void close() {
        get(fleet.database.close());
        get(vertx.close());
    }

    private UUID desktop(String name, boolean online, int number) {
        UUID id = fleet.desktop(name, online);
        fleet.sql(
                "UPDATE desktops SET abilities = '{wake_on_lan}', host = $2 WHERE id = $1",
                id,
                new JsonObject(Wire.toJson(DesktopFixture.host())));
        fleet.sql(
                "INSERT INTO desktop_networks (desktop_id, mac, address) VALUES ($1, $2, $3::text::inet)",
                id,
                "52:54:00:00:00:0" + number,
                "10.1.2." + number + "/24");
        return id;
    }

    private void execute(UUID desktop) {
        UUID task = fleet.start(fleet.request(
                List.of(desktop),
                0,
                null,
                PreStart.START,
                null,
                new Work.Command("true", ScriptType.SHELL, List.of(0))));
        assertThat(task).isNotNull();
    }

    private int count(String sql) {
        return fleet.sql(sql).size();
    }

    @Test
    void anExecutionHasItsDesktopStartedOnceAndNeighboursWakeItWhenTheProviderDoesNot() {
        UUID sleeper = desktop("sleeper", false, 1);
        UUID online = desktop("neighbour", true, 2);
        fleet.sql(
                "INSERT INTO nodes (id, started_at, seen_at, has_provider) VALUES ($1, now(), now(), true)"
                        + " ON CONFLICT (id) DO UPDATE SET has_provider = true",
                NODE);
        execute(sleeper);
        execute(online);
        assertThat(get(wakes.claim(NODE))).as("the provider comes first").isEmpty();

        assertThat(get(starts.begin())).isNull();
        assertThat(get(starts.begin())).as("asked once").isNull();
        assertThat(count("SELECT 1 FROM sub_jobs WHERE action = 'START'")).isEqualTo(1);
        assertThat(get(wakes.claim(NODE))).as("it has not answered").isEmpty();
        ProviderCall call = get(provider.claim(NODE, 4, 4)).get(0);
        assertThat(call.desktopId()).isEqualTo(sleeper);
        assertThat(get(provider.answered(NODE, call.actionId(), new Answer(Result.UNSUPPORTED, ""))))
                .isNull();
        assertThat(get(wakes.claim(NODE)))
                .as("its neighbour wakes it")
                .singleElement()
                .satisfies(wake -> assertThat(wake.macs()).containsExactly("52:54:00:00:00:01"));

        fleet.now = fleet.now.plus(Duration.ofMinutes(60));
        assertThat(get(starts.begin())).isNull();
        assertThat(count("SELECT 1 FROM sub_jobs WHERE action = 'START'"))
                .as("nothing waits for it any more")
                .isEqualTo(1);
    }

    @Test
    void aProviderThatDoesNotAnswerKeepsNeighboursFromTryingForHalfAMinute() {
        UUID sleeper = desktop("sleeper", false, 1);
        assertThat(desktop("neighbour", true, 2)).isNotNull();
        fleet.sql(
                "INSERT INTO nodes (id, started_at, seen_at, has_provider) VALUES ($1, now(), now(), true)"
                        + " ON CONFLICT (id) DO UPDATE SET has_provider = true",
                NODE);
        execute(sleeper);
        assertThat(get(starts.begin())).isNull();
        ProviderCall call = get(provider.claim(NODE, 4, 4)).get(0);
        fleet.now = fleet.now.plusSeconds(29);
        assertThat(get(wakes.claim(NODE))).isEmpty();
        fleet.now = fleet.now.plusSeconds(2);
        assertThat(get(wakes.claim(NODE))).hasSize(1);
        assertThat(get(provider.answered(NODE, call.actionId(), new Answer(Result.ACCEPTED, ""))))
                .isNull();
        fleet.now = fleet.now.plusSeconds(20);
        assertThat(get(wakes.claim(NODE))).as("it has the matter in hand").isEmpty();
    }

    @Test
    void aDesktopThatAProviderFailsAtAfterNeighboursBeganIsWokenOn() {
        UUID sleeper = desktop("sleeper", false, 1);
        assertThat(desktop("neighbour", true, 2)).isNotNull();
        fleet.sql(
                "INSERT INTO nodes (id, started_at, seen_at, has_provider) VALUES ($1, now(), now(), true)"
                        + " ON CONFLICT (id) DO UPDATE SET has_provider = true",
                NODE);
        execute(sleeper);
        assertThat(get(starts.begin())).isNull();
        fleet.now = fleet.now.plusSeconds(31);
        assertThat(get(wakes.claim(NODE))).as("its turn has not come").hasSize(1);
        ProviderCall call = get(provider.claim(NODE, 4, 4)).get(0);
        assertThat(get(provider.answered(NODE, call.actionId(), new Answer(Result.FAILED, "it is on"))))
                .isNull();
        fleet.now = fleet.now.plusSeconds(20);
        assertThat(get(wakes.claim(NODE))).hasSize(1);
    }

    private UUID executeForDays(UUID desktop) {
        return fleet.start(new ExecutionRequest(
                Fleet.PROJECT,
                new ExecutionRequest.Target.Desktops(List.of(desktop)),
                new Work.Command("true", ScriptType.SHELL, List.of(0)),
                0,
                List.of(),
                null,
                false,
                7 * 1440,
                1,
                PreStart.START,
                null,
                "tester"));
    }

    private int started() {
        return count("SELECT 1 FROM sub_jobs WHERE action = 'START'");
    }

    private void later(Duration time) {
        fleet.now = fleet.now.plus(time);
        get(new Jobs(fleet.database, jobs).expire(fleet.now));
        get(fleet.expiry.expire(fleet.now));
        assertThat(get(starts.begin())).isNull();
    }

    @Test
    void aStartIsGivenUpLongBeforeAnExecutionThatWaitsForDaysAndWhatTheProviderDidIsNotAskedAgain() {
        UUID sleeper = desktop("sleeper", false, 1);
        UUID task = executeForDays(sleeper);
        assertThat(get(starts.begin())).isNull();
        ProviderCall call = get(provider.claim(NODE, 4, 4)).get(0);
        assertThat(call.deadline()).isEqualTo(fleet.now.plus(Duration.ofMinutes(10)));
        assertThat(get(provider.answered(NODE, call.actionId(), new Answer(Result.DONE, ""))))
                .isNull();
        later(Duration.ofMinutes(11));
        assertThat(count("SELECT 1 FROM sub_jobs WHERE action = 'START' AND end_time IS NULL"))
                .isZero();
        later(Duration.ofDays(5));
        assertThat(started()).as("asked once").isEqualTo(1);
        assertThat(fleet.records(task)).containsExactly("sleeper: WAITING");
    }

    @Test
    void aStartWhoseTurnNeverCameIsAskedForAgain() {
        UUID sleeper = desktop("sleeper", false, 1);
        assertThat(executeForDays(sleeper)).isNotNull();
        assertThat(get(starts.begin())).isNull();
        later(Duration.ofMinutes(11));
        assertThat(started()).isEqualTo(2);
        assertThat(get(provider.claim(NODE, 4, 4))).hasSize(1);
    }

    @Test
    void aStartThatTheProviderLeftUnansweredIsAskedForAgainAfterAWhile() {
        UUID sleeper = desktop("sleeper", false, 1);
        assertThat(executeForDays(sleeper)).isNotNull();
        assertThat(get(starts.begin())).isNull();
        assertThat(get(provider.claim(NODE, 4, 4))).hasSize(1);
        later(Duration.ofMinutes(11));
        assertThat(started()).as("after 11 minutes").isEqualTo(1);
        later(Duration.ofMinutes(20));
        assertThat(started()).as("after 31 minutes").isEqualTo(2);
    }
}
