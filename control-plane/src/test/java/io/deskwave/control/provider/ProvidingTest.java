package io.deskwave.control.provider;

import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.desktop.DesktopFixture;
import io.deskwave.control.desktop.JobStore;
import io.deskwave.control.desktop.NodeStore;
import io.deskwave.control.desktop.PoolStore;
import io.deskwave.control.desktop.PowerJobs;
import io.deskwave.control.desktop.PowerJobs.Action;
import io.deskwave.control.desktop.PowerOp;
import io.deskwave.control.desktop.ProviderOrders;
import io.deskwave.control.desktop.Rebuilds;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that bring orders from a real database to a real process. */
class ProvidingTest {
    /** Of four, one is for starts. */
    private static final int AT_ONCE = 3;

    @TempDir
    private Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final Database database = TestDatabase.fresh(vertx);
    private final DesktopFixture fixture = new DesktopFixture(database);
    private final JobStore jobs = new JobStore();
    private final ProviderOrders orders = new ProviderOrders(
            database,
            jobs,
            () -> {
                String secret = UUID.randomUUID().toString();
                return new ProviderOrders.Secret(secret, Buffer.buffer(secret));
            },
            Instant::now);
    private Path program = Path.of("unset");

    @BeforeEach
    void provider() throws IOException {
        program = folder.resolve("provider");
        Files.writeString(
                program,
                """
                #!/bin/sh
                question=$(cat)
                echo "$question" >>calls
                while [ ! -e go ]; do sleep 0.05; done
                echo '{"result": "unsupported", "message": "seen"}'
                """);
        program = Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private Providing node(boolean hasProvider) {
        return node(hasProvider, Future::succeededFuture);
    }

    private Providing node(boolean hasProvider, Supplier<Future<Void>> preStarts) {
        UUID id = UUID.randomUUID();
        await(new NodeStore().beat(database.client(), id, Instant.now(), Instant.now()));
        var rebuilds = new Rebuilds(
                database,
                jobs,
                (tx, usedUp) -> Future.succeededFuture(),
                (tx, rebuilt, now) -> Future.succeededFuture(),
                Instant::now);
        Optional<Provider> provider = hasProvider
                ? Optional.of(new Provider(vertx, program, () -> "http://here", Instant::now))
                : Optional.empty();
        return new Providing(vertx, orders, rebuilds, preStarts, provider, id);
    }

    private void order(int desktops) {
        order(PowerOp.REBUILD, desktops);
    }

    private void order(PowerOp op, int desktops) {
        List<UUID> ids = IntStream.range(0, desktops)
                .mapToObj(i -> fixture.desktop(PROJECT, null, "pc" + i))
                .toList();
        var power = new PowerJobs(database, jobs, new PoolStore(), Instant::now);
        UUID job = await(database.inTransaction(tx -> power.begin(tx, PROJECT, ids, new Action(op, false, null, 10))));
        assertThat(job).isNotNull();
    }

    private long calls() {
        try {
            return Files.exists(folder.resolve("calls"))
                    ? Files.readAllLines(folder.resolve("calls")).size()
                    : 0;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private long ended(String reason) {
        return fixture.count(
                "SELECT count(*) FROM sub_jobs WHERE end_time IS NOT NULL AND reason LIKE '%' || $1 || '%'", reason);
    }

    private static void eventually(String what, BooleanSupplier holds) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(until);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    private void onLoop(Runnable task) {
        loop.runOnContext(there -> task.run());
    }

    @Test
    void runsSoManyAtOnceAndEachOrderOnce() throws IOException {
        order(10);
        Providing node = node(true);
        onLoop(() -> node.start(50));
        eventually("as many as may run", () -> calls() == AT_ONCE);
        eventually("no node without one takes them away", () -> {
            onLoop(node(false)::wake);
            return calls() == AT_ONCE;
        });
        assertThat(fixture.count("SELECT count(*) FROM provider_calls")).isEqualTo(AT_ONCE);
        Files.createFile(folder.resolve("go"));
        eventually("all have ended", () -> ended("the provider does not rebuild the desktop: seen") == 10);
        assertThat(calls()).isEqualTo(10);
        assertThat(Files.readAllLines(folder.resolve("calls")).stream().distinct())
                .hasSize(10);
    }

    @Test
    void aStartDoesNotWaitForWhatTakesLong() {
        order(10);
        Providing node = node(true);
        onLoop(() -> node.start(50));
        eventually("as many as may run", () -> calls() == AT_ONCE);
        order(PowerOp.START, 2);
        eventually("a start has room", () -> calls() == AT_ONCE + 1);
        assertThat(fixture.count("SELECT count(*) FROM provider_calls c JOIN sub_jobs s ON s.id = c.sub_job_id"
                        + " WHERE s.action = 'START'"))
                .isEqualTo(1);
    }

    @Test
    void whatKeepsExecutionsFromAskingKeepsNobodyElse() throws IOException {
        Files.createFile(folder.resolve("go"));
        order(2);
        Providing node = node(true, () -> Future.failedFuture("no starts can be asked for"));
        onLoop(() -> node.start(50));
        eventually("both have ended", () -> ended("seen") == 2);
    }

    @Test
    void twoNodesShareTheOrders() throws IOException {
        Files.createFile(folder.resolve("go"));
        Providing one = node(true);
        Providing other = node(true);
        order(12);
        onLoop(() -> {
            one.start(20);
            other.start(20);
        });
        eventually("all have ended", () -> ended("seen") == 12);
        assertThat(calls()).isEqualTo(12);
    }

    @Test
    void aNodeThatEndsWaitsAMomentAndLeavesTheProviderAtWork() throws IOException {
        order(5);
        Providing node = node(true);
        onLoop(() -> node.start(50));
        eventually("as many as may run", () -> calls() == AT_ONCE);
        long before = System.nanoTime();
        await(loopFuture(node));
        assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - before)).isBetween(2L, 8L);
        assertThat(ended("")).isZero();
        Files.createFile(folder.resolve("go"));
        Providing next = node(true);
        onLoop(() -> next.start(50));
        eventually("only what nobody had taken is brought to the provider", () -> calls() == 5);
    }

    private Future<Void> loopFuture(Providing node) {
        Promise<Void> drained = Promise.promise();
        onLoop(() -> node.drain().onComplete(drained));
        return drained.future();
    }

    @Test
    void withoutAnyProviderRebuildsEndAtOnce() {
        Providing node = node(false);
        order(2);
        onLoop(() -> node.start(50));
        eventually("both have ended", () -> ended("no provider is configured") == 2);
        assertThat(calls()).isZero();
    }
}
