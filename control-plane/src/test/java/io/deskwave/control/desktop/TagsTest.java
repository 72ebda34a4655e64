package io.deskwave.control.desktop;

import static io.deskwave.control.desktop.DesktopFixture.PROJECT;
import static io.deskwave.control.desktop.DesktopFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.http.ApiException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TagsTest {
    private final Vertx vertx = Vertx.vertx();
    private final Database database = TestDatabase.fresh(vertx);
    private final DesktopFixture fixture = new DesktopFixture(database);
    private final TagStore store = new TagStore();
    private final Tags tags = new Tags(database, store);
    private final Desktops desktops =
            new Desktops(database, new DesktopStore(), (tx, project, id) -> Future.succeededFuture(), id -> {});

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private static List<Tag> numbered(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> new Tag("k" + i, "v")).toList();
    }

    private List<Tag> tagsOf(UUID desktop) {
        return await(desktops.get(PROJECT, desktop)).tags();
    }

    @Test
    void manyAtOnceDoNotMakeTwentyOne() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");
        await(tags.put(PROJECT, desktop, numbered(0, 15)));

        List<Future<Void>> puts = IntStream.range(15, 30)
                .mapToObj(i -> tags.put(PROJECT, desktop, numbered(i, i + 1)))
                .toList();
        await(Future.join(puts).otherwiseEmpty());

        assertThat(tagsOf(desktop)).hasSize(20);
        assertThat(puts.stream().filter(Future::failed)).hasSize(10).allSatisfy(put -> assertThat(put.cause())
                .isInstanceOf(ApiException.BadRequest.class));
    }

    @Test
    void batchesInOppositeOrdersAndADeletionDoNotWaitForEachOther() {
        UUID a = fixture.desktop(PROJECT, null, "a");
        UUID b = fixture.desktop(PROJECT, null, "b");
        UUID c = fixture.desktop(PROJECT, null, "c");
        Map<UUID, List<Tag>> there = new LinkedHashMap<>();
        List.of(a, b, c).forEach(id -> there.put(id, numbered(0, 20)));
        Map<UUID, List<Tag>> back = new LinkedHashMap<>();
        List.of(c, b, a).forEach(id -> back.put(id, numbered(0, 20)));

        List<Future<Void>> all = IntStream.range(0, 30)
                .mapToObj(i -> i == 15
                        ? desktops.delete(PROJECT, b)
                        : i % 3 == 0 ? tags.removeAll(PROJECT, there) : tags.putAll(PROJECT, i % 2 == 0 ? there : back))
                .toList();
        await(Future.all(all));

        assertThat(fixture.count("SELECT count(*) FROM desktop_tags WHERE desktop_id = $1", b))
                .isZero();
        assertThat(tagsOf(a)).isEqualTo(tagsOf(c));
    }

    @Test
    void aTransactionThatFailsLeavesNoTags() {
        UUID desktop = fixture.desktop(PROJECT, null, "pc");

        assertThatThrownBy(() -> await(database.inTransaction(tx -> store.put(tx, PROJECT, desktop, numbered(0, 3))
                        .compose(put -> Future.failedFuture(new IllegalStateException("on purpose"))))))
                .hasMessageContaining("on purpose");
        assertThat(tagsOf(desktop)).isEmpty();

        await(database.inTransaction(
                tx -> store.put(tx, PROJECT, desktop, List.of(new Tag("a", "1"), new Tag("a", "2")))));
        await(store.put(database.client(), PROJECT, desktop, List.of()));
        assertThat(tagsOf(desktop)).containsExactly(new Tag("a", "2"));
    }
}
