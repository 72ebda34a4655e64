package io.deskwave.control.desktop;

import static io.deskwave.control.desktop.DesktopFixture.OTHER_PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static io.deskwave.control.desktop.DesktopFixture.host;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.http.ApiException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PoolsTest {
    private final Vertx vertx = Vertx.vertx();
    private final Database database = TestDatabase.fresh(vertx);
    private final DesktopFixture fixture = new DesktopFixture(database);
    private final DesktopStore desktops = new DesktopStore();
    private final JobStore jobs = new JobStore();
    private final Places places =
            new Places(database, jobs, new PoolStore(), DesktopServer.NO_TOKENS, InstantSource.system());
    private final Pools pools = new Pools(database, new PoolStore(), desktops, jobs, places, InstantSource.system());

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void keepsAndReturnsWhatItDoesNotKnow() {
        Pools.Created created = await(pools.create(
                PROJECT,
                new DesktopPool.New(
                        "pool",
                        "DYNAMIC",
                        "text",
                        new JsonObject()
                                .put("product_id", "p1")
                                .put("subnet_ids", new JsonArray().add("s1"))
                                .put("status", "mine")
                                .put("brand_new", new JsonObject().put("x", 1))),
                0,
                1));

        JsonObject view = PoolView.of(await(pools.get(PROJECT, created.poolId())));
        assertThat(view.getString("id")).isEqualTo(created.poolId().toString());
        assertThat(view.getString("name")).isEqualTo("pool");
        assertThat(view.getString("description")).isEqualTo("text");
        assertThat(view.getString("status")).isEqualTo("STEADY");
        assertThat(view.getInteger("desktop_count")).isZero();
        assertThat(view.getString("subnet_id")).isEqualTo("s1");
        assertThat(view.getJsonObject("product")).isEqualTo(new JsonObject().put("product_id", "p1"));
        assertThat(view.getJsonObject("brand_new")).isEqualTo(new JsonObject().put("x", 1));
        assertThat(view.getString("created_time")).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");

        JobListStore.Job job = await(new JobListStore()
                        .find(database.client(), PROJECT, created.reservation().jobId()))
                .orElseThrow();
        assertThat(job.status()).isEqualTo("SUCCESS");
        assertThat(job.jobType()).isEqualTo("createDesktopPool");
        assertThat(await(new JobListStore()
                        .find(
                                database.client(),
                                OTHER_PROJECT,
                                created.reservation().jobId())))
                .isEmpty();
    }

    @Test
    void aNameIsUniqueInItsProject() {
        UUID one = fixture.pool(PROJECT, "one");
        UUID two = fixture.pool(PROJECT, "two");

        assertThatThrownBy(() -> await(pools.create(PROJECT, pool("one"), 0, 1)))
                .isInstanceOf(ApiException.Conflict.class);
        assertThatThrownBy(() -> await(pools.update(PROJECT, two, "one", null, new JsonObject())))
                .isInstanceOf(ApiException.Conflict.class);
        await(pools.update(PROJECT, one, "one", "again", new JsonObject()));
        await(pools.create(OTHER_PROJECT, pool("one"), 0, 1));
        assertThat(fixture.count("SELECT count(*) FROM jobs")).isEqualTo(1);
    }

    @Test
    void updateChangesWhatIsSentAndMergesTheRest() {
        UUID id = fixture.pool(PROJECT, "one");

        await(pools.update(
                PROJECT, id, null, "text", new JsonObject().put("ou_name", "x").put("vpc_id", "v")));
        await(pools.update(PROJECT, id, "renamed", null, new JsonObject().put("ou_name", "y")));

        DesktopPool pool = await(pools.get(PROJECT, id));
        assertThat(pool.name()).isEqualTo("renamed");
        assertThat(pool.description()).isEqualTo("text");
        assertThat(pool.attributes())
                .isEqualTo(new JsonObject().put("ou_name", "y").put("vpc_id", "v"));
    }

    @Test
    void listsByPartOfTheNameAndTheExactOneFirst() {
        fixture.pool(PROJECT, "sales-berlin");
        fixture.pool(PROJECT, "Sales");
        fixture.pool(PROJECT, "sales");
        fixture.pool(PROJECT, "other");
        fixture.pool(OTHER_PROJECT, "sales");

        assertThat(names(new PoolStore.Filter("sales", null, null, null)))
                .containsExactly("sales", "sales-berlin", "Sales");
        assertThat(names(PoolStore.Filter.ALL)).containsExactly("sales-berlin", "Sales", "sales", "other");
        assertThat(names(new PoolStore.Filter(null, "STATIC", null, null))).isEmpty();
        assertThat(names(new PoolStore.Filter(null, null, true, null))).isEmpty();
        assertThat(names(new PoolStore.Filter(null, null, false, "0"))).hasSize(4);
        assertThat(names(new PoolStore.Filter(null, null, null, "x"))).isEmpty();
        Page<DesktopPool> page = await(pools.list(PROJECT, PoolStore.Filter.ALL, 1, 1));
        assertThat(page.total()).isEqualTo(4);
        assertThat(page.rows()).extracting(DesktopPool::name).containsExactly("Sales");
    }

    @Test
    void movesDesktopsAllOrNone() {
        UUID one = fixture.pool(PROJECT, "one");
        UUID two = fixture.pool(PROJECT, "two");
        UUID a = fixture.desktop(PROJECT, one, "a");
        UUID b = fixture.desktop(PROJECT, null, "b");
        UUID foreign = fixture.desktop(OTHER_PROJECT, null, "f");
        fixture.connect(a, host("10.0.0.1", "ann"));

        assertThatThrownBy(() -> await(pools.add(PROJECT, two, List.of(a, b, foreign))))
                .isInstanceOf(ApiException.NotFound.class)
                .hasMessageContaining(foreign.toString());
        assertThat(inPool(one)).containsExactly(a);
        assertThat(inPool(two)).isEmpty();

        await(pools.add(PROJECT, two, List.of(a, b)));
        assertThat(inPool(one)).isEmpty();
        assertThat(inPool(two)).containsExactly(a, b);
        assertThat(await(pools.get(PROJECT, two)).desktopCount()).isEqualTo(2);
        assertThat(await(pools.get(PROJECT, two)).desktopUsed()).isEqualTo(1);

        assertThatThrownBy(() -> await(pools.remove(PROJECT, one, List.of(a))))
                .isInstanceOf(ApiException.NotFound.class);
        await(pools.remove(PROJECT, two, List.of(a)));
        assertThat(inPool(two)).containsExactly(b);
        assertThatThrownBy(() -> await(pools.add(OTHER_PROJECT, two, List.of(foreign))))
                .isInstanceOf(ApiException.NotFound.class);
    }

    @Test
    void twoMovesInOppositeOrdersBothEnd() {
        UUID one = fixture.pool(PROJECT, "one");
        UUID two = fixture.pool(PROJECT, "two");
        List<UUID> ids = IntStream.range(0, 50)
                .mapToObj(i -> fixture.desktop(PROJECT, null, "pc" + i))
                .toList();
        List<UUID> reversed =
                IntStream.range(0, 50).mapToObj(i -> ids.get(49 - i)).toList();

        List<Future<Void>> moves = IntStream.range(0, 20)
                .mapToObj(i -> i % 2 == 0 ? pools.add(PROJECT, one, ids) : pools.add(PROJECT, two, reversed))
                .toList();
        await(Future.all(moves));

        assertThat(inPool(one).size() + inPool(two).size()).isEqualTo(50);
    }

    @Test
    void onlyAnEmptyPoolIsDeletedAndTokensIntoItWithIt() {
        UUID id = fixture.pool(PROJECT, "one");
        UUID desktop = fixture.desktop(PROJECT, id, "pc");
        fixture.execute(
                "INSERT INTO enrollment_tokens (project_id, pool_id, secret_hash) VALUES ($1, $2, '\\x01')",
                PROJECT,
                id);

        assertThatThrownBy(() -> await(pools.delete(PROJECT, id))).isInstanceOf(ApiException.Conflict.class);
        await(pools.remove(PROJECT, id, List.of(desktop)));
        assertThatThrownBy(() -> await(pools.delete(OTHER_PROJECT, id))).isInstanceOf(ApiException.NotFound.class);
        await(pools.delete(PROJECT, id));

        assertThatThrownBy(() -> await(pools.get(PROJECT, id))).isInstanceOf(ApiException.NotFound.class);
        assertThat(fixture.count("SELECT count(*) FROM enrollment_tokens WHERE revoked_at IS NOT NULL"))
                .isEqualTo(1);
    }

    @Test
    void aDeletionWaitsForAnEnrollmentIntoThePool() {
        UUID id = fixture.pool(PROJECT, "one");
        fixture.execute(
                "INSERT INTO enrollment_tokens (project_id, pool_id, secret_hash) VALUES ($1, $2, '\\x01')",
                PROJECT,
                id);
        List<Future<Void>> deletions = new ArrayList<>();

        await(database.inTransaction(tx -> tx.query("SELECT FROM enrollment_tokens FOR UPDATE")
                .execute()
                .compose(locked -> {
                    deletions.add(pools.delete(PROJECT, id));
                    return somebodyWaits(500);
                })
                .compose(waiting -> new IdentityStore()
                        .insert(tx, List.of(new IdentityStore.New(PROJECT, id, "pc", "key", host()))))));

        assertThatThrownBy(() -> await(deletions.get(0))).isInstanceOf(ApiException.Conflict.class);
        assertThat(inPool(id)).hasSize(1);
        assertThat(fixture.count("SELECT count(*) FROM enrollment_tokens WHERE revoked_at IS NULL"))
                .isEqualTo(1);
    }

    @Test
    void aDeletionHoldsNoTokenThatAnEnrollmentLocksLater() {
        UUID pool = fixture.pool(PROJECT, "one");
        UUID low = new UUID(0, 1);
        UUID high = new UUID(0, 2);
        for (UUID token : List.of(high, low)) {
            fixture.execute(
                    "INSERT INTO enrollment_tokens (id, project_id, pool_id, secret_hash) VALUES ($3, $1, $2, $4)",
                    PROJECT,
                    pool,
                    token,
                    Buffer.buffer(token.toString()));
        }
        String lock = "SELECT FROM enrollment_tokens WHERE id = $1 FOR UPDATE NOWAIT";
        List<Future<Void>> deletions = new ArrayList<>();

        await(database.inTransaction(tx -> tx.preparedQuery(lock)
                .execute(Tuple.of(low))
                .compose(locked -> {
                    deletions.add(pools.delete(PROJECT, pool));
                    return somebodyWaits(500);
                })
                .compose(waiting -> tx.preparedQuery(lock).execute(Tuple.of(high)))));

        await(deletions.get(0));
    }

    /** Looks until a connection to this database waits for a lock. */
    private Future<Void> somebodyWaits(int looks) {
        return database.client()
                .query("SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
                .execute()
                .compose(rows -> rows.size() > 0
                        ? Future.succeededFuture()
                        : looks == 0 ? Future.failedFuture("nobody waits") : somebodyWaits(looks - 1));
    }

    @Test
    void listsTheDesktopsOfOnePool() {
        UUID id = fixture.pool(PROJECT, "one");
        UUID in = fixture.desktop(PROJECT, id, "in");
        fixture.desktop(PROJECT, null, "out");

        assertThat(await(pools.listDesktops(PROJECT, id, DesktopFilter.ALL, 10, 0))
                        .rows())
                .extracting(Desktop::id)
                .containsExactly(in);
        assertThat(await(pools.listDesktops(PROJECT, id, DesktopFilter.NONE, 10, 0))
                        .rows())
                .isEmpty();
        assertThatThrownBy(() -> await(pools.listDesktops(OTHER_PROJECT, id, DesktopFilter.NONE, 10, 0)))
                .isInstanceOf(ApiException.NotFound.class);
    }

    private List<String> names(PoolStore.Filter filter) {
        return await(pools.list(PROJECT, filter, 100, 0)).rows().stream()
                .map(DesktopPool::name)
                .toList();
    }

    private List<UUID> inPool(UUID poolId) {
        return await(desktops.listPoolTargets(database.client(), PROJECT, poolId)).stream()
                .map(DesktopStore.Target::id)
                .toList();
    }

    private static DesktopPool.New pool(String name) {
        return new DesktopPool.New(name, "DYNAMIC", "", new JsonObject());
    }
}
