package io.deskwave.control.desktop;

import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.deskwave.control.agent.EnrollmentTokens;
import io.deskwave.control.agent.Enrollments;
import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.protocol.Enrollment;
import io.deskwave.protocol.HostInfo;
import io.deskwave.protocol.SigningKey;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The room's operations behind the real front door, with a clock that the test moves; agents enrol by hand. */
final class DesktopServer implements AutoCloseable {
    /** For tests that need no places. */
    static final PlaceTokens NO_TOKENS = (tx, projectId, poolId, descriptions, expiresAt) ->
            Future.failedFuture(new AssertionError("no place was to be made"));

    private static final Instant BEGAN = Instant.parse("2026-11-21T12:00:00Z");

    final Vertx vertx = Vertx.vertx();
    final Database database = TestDatabase.fresh(vertx);
    final DesktopFixture fixture = new DesktopFixture(database);
    final PowerProofs power;
    final Jobs jobs;
    final PowerJobs powerJobs;
    final ProviderOrders provider;
    final SnapshotOrders snapshots;
    final Rebuilds rebuilds;
    final List<SessionStore.Session> replaced = new ArrayList<>();
    final List<Rebuilds.Rebuilt> rebuilt = new ArrayList<>();
    final List<String> tagged = new ArrayList<>();
    Instant now = BEGAN;
    private final Enrollments enrollments;
    private final Context loop = vertx.getOrCreateContext();
    private final ApiFixture api;

    DesktopServer() {
        var store = new DesktopStore();
        var pools = new PoolStore();
        var jobStore = new JobStore();
        var tokens = new EnrollmentTokens(database, () -> now, () -> "http://127.0.0.1:1", null);
        var places = new Places(database, jobStore, pools, tokens, () -> now);
        jobs = new Jobs(database, jobStore);
        power = new PowerProofs(database, jobStore, () -> now, () -> Duration.between(BEGAN, now));
        powerJobs = new PowerJobs(database, jobStore, pools, () -> now);
        provider = new ProviderOrders(database, jobStore, tokens, () -> now);
        snapshots = new SnapshotOrders(database, jobStore, () -> now);
        rebuilds = new Rebuilds(
                database,
                jobStore,
                (tx, usedUp) -> {
                    replaced.add(usedUp);
                    return Future.succeededFuture();
                },
                (tx, proven, at) -> {
                    rebuilt.addAll(proven);
                    return Future.succeededFuture();
                },
                () -> now);
        var desktops = new Desktops(database, store, (tx, project, id) -> jobs.desktopGone(tx, id, now), deleted -> {});
        NewDesktopTags tags = (tx, projectId, desktopId, wanted) -> {
            tagged.add(desktopId + " " + wanted.encode());
            return Future.succeededFuture();
        };
        enrollments =
                new Enrollments(database, () -> now, tokens, new IdentityStore(), new PlaceFilling(tags), rebuilds);
        api = new ApiFixture(vertx, PROJECT, operations -> {
            new DesktopRoutes(desktops, new Deletions(database, store, desktops, jobStore, () -> now))
                    .mount(operations);
            new PoolRoutes(new Pools(database, pools, store, jobStore, places, () -> now)).mount(operations);
            new PlaceRoutes(places).mount(operations);
            new PowerRoutes(powerJobs).mount(operations);
            new AttachRoutes(new Attachments(database, jobStore, () -> now)).mount(operations);
            new JobRoutes(jobs).mount(operations);
        });
    }

    record Answer(int status, JsonObject json) {
        String message() {
            return json.getString("error_msg");
        }
    }

    /** Below the project. In the body, single quotes stand for double ones. */
    Answer call(String method, String path, @Nullable String body) {
        ApiFixture.Answer answer = api.send(method, "{v2}" + path, body);
        return new Answer(answer.status(), answer.text().isEmpty() ? new JsonObject() : answer.json());
    }

    /** The same, when it has to succeed. */
    @CanIgnoreReturnValue
    JsonObject get(String method, String path, @Nullable String body) {
        Answer answer = call(method, path, body);
        if (answer.status() >= 300) {
            throw new AssertionError(method + " " + path + ": " + answer);
        }
        return answer.json();
    }

    JsonObject job(String id) {
        return get("GET", "/workspace-jobs/" + id, null);
    }

    /** {@code STATUS: reason} of each sub-job. */
    List<String> subJobs(String jobId) {
        return all(job(jobId).getJsonArray("sub_jobs")).stream()
                .map(subJob -> subJob.getString("status") + ": "
                        + subJob.getString("fail_reason", subJob.getString("success_result", "")))
                .toList();
    }

    static List<JsonObject> all(JsonArray array) {
        return array.stream().map(JsonObject.class::cast).toList();
    }

    JsonObject desktop(UUID id) {
        return get("GET", "/desktops/" + id, null).getJsonObject("desktop");
    }

    /** What the sweeper does. */
    void sweep() {
        await(power.settle());
        await(rebuilds.settle());
        await(jobs.expire(now));
    }

    Future<UUID> enrol(String token, HostInfo host) {
        var request = new Enrollment.Request(
                Enrollment.Token.decode(token).secret(),
                "the agent's own name",
                SigningKey.generate().verifyingKey().toBase64(),
                host);
        Promise<UUID> enrolled = Promise.promise();
        loop.runOnContext(there -> enrollments.enroll(request).onComplete(enrolled));
        return enrolled.future();
    }

    @Override
    public void close() throws TimeoutException {
        vertx.close().await(10, TimeUnit.SECONDS);
    }
}
