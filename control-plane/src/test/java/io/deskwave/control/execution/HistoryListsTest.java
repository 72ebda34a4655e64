package io.deskwave.control.execution;

import static io.deskwave.control.execution.Fleet.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.execution.ExecutionRequest.Work;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every filter finds what a look at the rows finds, in the one order, page by page. */
@ExtendWith(VertxExtension.class)
final class HistoryListsTest {
    private static final Page.Span ALL = new Page.Span(0, 100);

    private Fleet fleet;
    private HistoryLists lists;
    private List<UUID> desktops;
    private UUID first;
    private UUID second;

    /** Ten tasks an hour apart, of commands and of two scripts, some with a gray batch, with every ending. */
    @BeforeEach
    void history(Vertx vertx) {
        fleet = new Fleet(vertx);
        lists = new HistoryLists(fleet.database);
        desktops = new ArrayList<>();
        for (String name : new String[] {"c", "a", "b"}) {
            desktops.add(fleet.desktop(name, true));
        }
        first = fleet.script("Install tools");
        second = fleet.script("clean");
        for (int i = 0; i < 10; i++) {
            Work work = i % 3 == 0
                    ? new Work.Command("true", io.deskwave.protocol.ScriptType.SHELL, List.of(0))
                    : new Work.Scripts(i % 3 == 1 ? List.of(first) : List.of(second, first));
            UUID task = fleet.start(fleet.request(desktops, i % 4 == 0 ? 1 : 0, null, null, null, work));
            int exit = i % 5 == 4 ? 1 : 0;
            while (i < 9 && !fleet.task(task).containsKey("end_time")) {
                fleet.claim().forEach(a -> fleet.run(a, exit));
            }
            fleet.now = fleet.now.plus(Duration.ofHours(1));
        }
    }

    @AfterEach
    void close() {
        get(fleet.database.close());
    }

    @Test
    void listsTasksByEveryFilter() {
        Instant middle = fleet.now.minus(Duration.ofMinutes(5 * 60 - 30));
        tasks(TaskFilter.ALL, "true");
        tasks(
                new TaskFilter(null, null, null, List.of(first), null, null, null, null, null),
                "EXISTS (SELECT FROM execution_task_scripts s WHERE s.task_id = t.id AND s.script_id = '" + first
                        + "')");
        tasks(
                new TaskFilter(null, null, null, List.of(first, second), null, null, null, null, null),
                "task_type = 'SCRIPT'");
        tasks(new TaskFilter(null, null, null, null, "TOOL", null, null, null, null), "task_type = 'SCRIPT'");
        tasks(
                new TaskFilter(null, null, null, List.of(first), "CLEAN", null, null, null, null),
                "2 = (SELECT count(*) FROM execution_task_scripts s WHERE s.task_id = t.id)");
        tasks(new TaskFilter(null, null, null, null, "no%such", null, null, null, null), "false");
        for (String status : List.of("WAITING", "RUNNING", "SUCCESS", "FAILED")) {
            tasks(new TaskFilter(null, null, null, null, null, status, null, null, null), "status = '" + status + "'");
        }
        tasks(new TaskFilter(null, null, null, null, null, null, "COMMAND", null, null), "task_type = 'COMMAND'");
        tasks(new TaskFilter(null, null, "DESKTOP_POOL", null, null, null, null, null, null), "false");
        tasks(
                new TaskFilter(null, null, null, null, null, null, null, middle, null),
                "coalesce(start_time, created_at) > '" + middle + "'");
        tasks(
                new TaskFilter(null, null, null, null, null, "SUCCESS", null, null, middle),
                "status = 'SUCCESS' AND coalesce(start_time, created_at) < '" + middle + "'");
    }

    @Test
    void listsRecordsByEveryFilter() {
        Instant middle = fleet.now.minus(Duration.ofMinutes(5 * 60 - 30));
        records(RecordFilter.ALL, "true");
        records(filter(List.of(desktops.get(1)), null, null, null, null, null, null), "desktop_name = 'a'");
        records(filter(null, List.of(second), null, null, null, null, null), "name = 'clean'");
        records(filter(null, null, List.of("TOOLS", "nothing"), null, null, null, null), "name = 'Install tools'");
        records(filter(null, null, List.of("nothing"), null, null, null, null), "false");
        for (String status : List.of("WAITING", "RUNNING", "SUCCESS", "FAILED", "SKIP")) {
            records(filter(null, null, null, status, null, null, null), "status = '" + status + "'");
            records(
                    filter(null, List.of(first), null, status, null, null, null),
                    "status = '" + status + "' AND script_id = '" + first + "'");
            records(
                    filter(null, null, null, status, true, "SCRIPT", null),
                    "status = '" + status + "' AND batch = 1 AND task_type = 'SCRIPT'");
        }
        records(filter(null, null, null, null, true, null, null), "batch = 1");
        records(filter(null, null, null, null, false, null, null), "batch <> 1");
        records(filter(null, null, null, null, null, "COMMAND", null), "task_type = 'COMMAND'");
        records(
                filter(null, null, null, null, null, null, middle),
                "coalesce(r.start_time, t.created_at) > '" + middle + "'");
        UUID task = fleet.sql("SELECT id FROM execution_tasks WHERE status = 'FAILED' LIMIT 1")
                .get(0)
                .getUUID(0);
        records(
                new RecordFilter(null, null, null, null, "FAILED", null, List.of(task), null, false, null, null),
                "r.task_id = '" + task + "' AND status = 'FAILED'");
    }

    /** Filters meet in statements of several kinds: each finds what all of its filters leave. */
    @Test
    void listsWhatSeveralFiltersLeave() {
        fleet.sql("UPDATE execution_tasks SET resource_group_type = 'DESKTOP_POOL', resource_group_id = 'pool'"
                + " WHERE queue_no % 3 > 0");
        fleet.sql("DELETE FROM execution_totals");
        fleet.sql("INSERT INTO execution_totals SELECT project_id, task_type, resource_group_type, resource_group_id,"
                + " count(*), sum(total), sum(gray_total) FROM execution_tasks GROUP BY 1, 2, 3, 4");
        List<UUID> many = Stream.concat(
                        Stream.of(first), Stream.generate(UUID::randomUUID).limit(40))
                .toList();
        var random = new Random(1);
        for (int i = 0; i < 400; i++) {
            List<UUID> scripts = pick(random, null, List.of(second), List.of(first, second), many);
            String name = pick(random, null, null, "CLEAN");
            String status = pick(random, null, "SUCCESS", "FAILED", "RUNNING", "SKIP");
            Boolean gray = pick(random, null, null, true, false);
            String type = pick(random, null, null, "SCRIPT", "COMMAND");
            List<String> groups = pick(random, null, null, List.of("pool"), List.of("pool", "other"));
            Instant after = pick(random, null, fleet.now.minus(Duration.ofMinutes(random.nextInt(700))));
            Instant before = pick(random, null, fleet.now.minus(Duration.ofMinutes(random.nextInt(700))));
            String tasks = where(status, "t.status = '%s'")
                    + where(type, "t.task_type = '%s'")
                    + where(groups == null ? null : "", "t.resource_group_id = 'pool'");
            String scriptIds = where(scripts == null ? null : inList(scripts), "s.script_id IN (%s)");
            String ran = " AND EXISTS (SELECT FROM execution_task_scripts s WHERE s.task_id = t.id%s)";
            tasks(
                    new TaskFilter(null, groups, null, scripts, name, status, type, after, before),
                    "true" + tasks + times("t.start_time", after, before)
                            + (scripts == null ? "" : ran.formatted(scriptIds))
                            + where(
                                    name,
                                    ran.formatted(" AND s.script_id = '" + second + "'")
                                            .substring(5)));
            records(
                    new RecordFilter(
                            null,
                            groups,
                            scripts,
                            name == null ? null : List.of(name),
                            status,
                            gray,
                            null,
                            type,
                            false,
                            after,
                            before),
                    "true" + tasks.replace("t.status", "r.status").replace("t.", "r.")
                            + times("r.start_time", after, before).replace("t.", "r.")
                            + scriptIds.replace("s.", "r.")
                            + where(name, "r.script_id = '" + second + "'")
                            + where(gray, "(batch = 1) = %s"));
        }
    }

    @SafeVarargs
    private static <T> @Nullable T pick(Random random, @Nullable T... some) {
        return some[random.nextInt(some.length)];
    }

    private static String inList(List<UUID> ids) {
        return ids.stream().map(id -> "'" + id + "'").collect(Collectors.joining(","));
    }

    private static String where(@Nullable Object value, String condition) {
        return value == null ? "" : " AND " + condition.formatted(value);
    }

    private static String times(String start, @Nullable Instant after, @Nullable Instant before) {
        String at = "coalesce(" + start + ", t.created_at)";
        return where(after, at + " > '%s'") + where(before, at + " < '%s'");
    }

    /** Numbers and times need not go up together to the second. */
    @Test
    void findsTheTasksOfASpanWhoseNumbersAreInAnotherOrder() {
        fleet.sql(
                "UPDATE execution_tasks SET created_at = created_at + make_interval(mins => (queue_no::int % 2) * 110 - 50),"
                        + " start_time = start_time + make_interval(mins => (queue_no::int % 2) * 110 - 50),"
                        + " end_time = end_time + make_interval(mins => (queue_no::int % 2) * 110 - 50)");
        for (int minutes = 0; minutes < 660; minutes += 20) {
            Instant edge = fleet.now.minus(Duration.ofMinutes(minutes));
            Instant later = edge.plus(Duration.ofMinutes(150));
            tasks(
                    new TaskFilter(null, null, null, null, null, null, null, edge, null),
                    "true" + times("start_time", edge, null));
            tasks(
                    new TaskFilter(null, null, null, null, null, null, null, null, edge),
                    "true" + times("start_time", null, edge));
            tasks(
                    new TaskFilter(null, null, null, null, null, null, null, edge, later),
                    "true" + times("start_time", edge, later));
        }
    }

    /** What has gone wrong once stays noted for its scripts, also when it is tried again. */
    @Test
    void notesTheScriptsOfTasksInTrouble() {
        String wrong =
                """
                SELECT s.task_id FROM execution_task_scripts s JOIN execution_tasks t ON t.id = s.task_id
                WHERE s.in_trouble <> (t.failed_num + t.skip_num > 0)""";
        assertThat(fleet.sql(wrong)).isEmpty();
        UUID task = fleet.sql("SELECT task_id FROM execution_task_scripts WHERE in_trouble LIMIT 1")
                .get(0)
                .getUUID(0);
        get(fleet.interventions.retry(Fleet.PROJECT, new Interventions.Named(null, task)));
        assertThat(fleet.sql("SELECT FROM execution_task_scripts WHERE NOT in_trouble AND task_id = '" + task + "'"))
                .isEmpty();
        for (String status : List.of("FAILED", "RUNNING", "WAITING")) {
            tasks(
                    new TaskFilter(null, null, null, List.of(first), null, status, null, null, null),
                    "status = '" + status
                            + "' AND EXISTS (SELECT FROM execution_task_scripts s WHERE s.task_id = t.id AND s.script_id = '"
                            + first + "')");
        }
    }

    /** A record of an old task that was tried again is found by the time it was tried. */
    @Test
    void findsARetryByItsTimeLongAfterItsTask() {
        UUID old = fleet.sql("SELECT id FROM execution_tasks WHERE status = 'FAILED' ORDER BY queue_no LIMIT 1")
                .get(0)
                .getUUID(0);
        fleet.claim().forEach(a -> fleet.run(a, 0));
        fleet.now = fleet.now.plus(Duration.ofDays(20));
        Instant before = fleet.now;
        get(fleet.interventions.retry(Fleet.PROJECT, new Interventions.Named(null, old)));
        fleet.now = fleet.now.plusSeconds(1);
        while (!fleet.task(old).containsKey("end_time")) {
            fleet.claim().forEach(a -> fleet.run(a, 0));
        }
        var filter = filter(null, null, null, null, null, null, before);
        records(filter, "coalesce(r.start_time, t.created_at) > '" + before + "'");
        assertThat(get(lists.records(Fleet.PROJECT, filter, ALL)).count()).isPositive();
    }

    /** A name is that of the version that was run, whatever the script's other versions are called. */
    @Test
    void tellsVersionsOfAScriptApartByName() {
        fleet.sql("INSERT INTO script_versions (script_id, version_no, name, content) VALUES ('" + second
                + "', 2, 'polish', 'polish')");
        String ran = "EXISTS (SELECT FROM execution_task_scripts s WHERE s.task_id = t.id AND s.script_id = '" + second
                + "')";
        tasks(new TaskFilter(null, null, null, null, "clean", null, null, null, null), ran);
        tasks(new TaskFilter(null, null, null, null, "polish", null, null, null, null), "false");
        records(filter(null, null, List.of("clean"), null, null, null, null), "name = 'clean'");
        records(filter(null, null, List.of("polish"), null, null, null, null), "false");
    }

    /** Of several desktops not everything is read, but what a page needs. */
    @Test
    void findsWhereTheNewestRecordsOfDesktopsBegin() {
        List<UUID> asked = List.of(desktops.get(0), desktops.get(2), UUID.randomUUID());
        records(filter(asked, null, null, null, null, null, null), "desktop_name IN ('b', 'c')");
        long all = countFrom(asked, Long.MIN_VALUE);
        for (long bound : new long[] {1, 4, all / 2, all, all + 10}) {
            QueueWindow window = get(new QueueStore().newest(fleet.database.client(), Fleet.PROJECT, asked, bound));
            long found = countFrom(asked, window.above());
            assertThat(found).as("of " + bound).isBetween(Math.min(all, bound), Math.min(all, 2 * bound + 8));
        }
    }

    private long countFrom(List<UUID> asked, long above) {
        return fleet.sql("SELECT id FROM execution_records WHERE queue_no > " + above + " AND desktop_id IN ('"
                        + asked.get(0) + "', '" + asked.get(1) + "')")
                .size();
    }

    @Test
    void aCountThatStopsLiesBeyondThePage() {
        assertThat(new Page.Span(0, 10).bound()).isEqualTo(10_000);
        assertThat(new Page.Span(9_990, 10).bound()).isEqualTo(11_000);
        assertThat(new Page.Span(Integer.MAX_VALUE, 100).bound()).isGreaterThan(Integer.MAX_VALUE + 100L);
    }

    private static RecordFilter filter(
            @Nullable List<UUID> desktops,
            @Nullable List<UUID> scripts,
            @Nullable List<String> names,
            @Nullable String status,
            @Nullable Boolean gray,
            @Nullable String type,
            @Nullable Instant after) {
        return new RecordFilter(desktops, null, scripts, names, status, gray, null, type, false, after, null);
    }

    private void tasks(TaskFilter filter, String where) {
        List<String> expected = ids("SELECT id FROM execution_tasks t WHERE " + where + " ORDER BY queue_no DESC");
        Page all = get(lists.tasks(Fleet.PROJECT, filter, ALL));
        assertThat(all.rows()).as(where).extracting(row -> row.getString("id")).isEqualTo(expected);
        assertThat(all.count()).as(where).isEqualTo(expected.size());
        assertThat(all.isMinimum()).isFalse();
        var read = new ArrayList<String>();
        for (int offset = 0; offset < expected.size() + 2; offset += 2) {
            Page page = get(lists.tasks(Fleet.PROJECT, filter, new Page.Span(offset, 2)));
            assertThat(page.count()).isEqualTo(expected.size());
            page.rows().forEach(row -> read.add(row.getString("id")));
        }
        assertThat(read).isEqualTo(expected);
        assertThat(get(lists.tasks("f".repeat(32), filter, ALL)).rows()).isEmpty();
    }

    private void records(RecordFilter filter, String where) {
        List<String> expected = ids(
                """
                SELECT r.id FROM (SELECT r.*, s.script_id, v.name, t.task_type, t.created_at, t.resource_group_id
                    FROM execution_records r JOIN execution_tasks t ON t.id = r.task_id
                    LEFT JOIN execution_task_scripts s ON s.task_id = r.task_id AND s.script_index = r.script_index
                    LEFT JOIN script_versions v ON v.script_id = s.script_id AND v.version_no = s.version_no) r
                WHERE\s"""
                        + where.replace("t.created_at", "r.created_at")
                        + " ORDER BY queue_no DESC, script_index, desktop_name, id");
        Page all = get(lists.records(Fleet.PROJECT, filter, ALL));
        assertThat(all.rows()).as(where).extracting(row -> row.getString("id")).isEqualTo(expected);
        assertThat(all.count()).as(where).isEqualTo(expected.size());
        var read = new ArrayList<String>();
        for (int offset = 0; offset < expected.size() + 7; offset += 7) {
            Page page = get(lists.records(Fleet.PROJECT, filter, new Page.Span(offset, 7)));
            for (JsonObject row : page.rows()) {
                read.add(row.getString("id"));
            }
        }
        assertThat(read).isEqualTo(expected);
        assertThat(get(lists.records("f".repeat(32), filter, ALL)).rows()).isEmpty();
    }

    private List<String> ids(String statement) {
        return fleet.sql(statement).stream()
                .map(row -> row.getUUID("id").toString())
                .toList();
    }
}
