package io.deskwave.control.schedule;

import static io.deskwave.control.desktop.DesktopFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.deskwave.control.db.Database;
import io.deskwave.control.db.TestDatabase;
import io.deskwave.control.desktop.DesktopFixture;
import io.deskwave.control.script.ScriptStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A week of ten schedules on three nodes that are killed at random, on a clock that jumps: the week in which the clocks of
 * Europe go back.
 */
class FiringWeekIT {
    private static final Instant FROM = Instant.parse("2026-10-23T00:00:00Z");
    private static final Instant TO = Instant.parse("2026-10-30T00:00:00Z");
    private static final Duration LONGEST_JUMP = Duration.ofHours(9);
    private static final int NODES = 3;
    private static final long SEED = 20261023;

    @TempDir
    static Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final String url = TestDatabase.url(TestDatabase.freshOptions());
    private final Database database = Database.open(vertx, PgConnectOptions.fromUri(url), 4);
    private final Random random = new Random(SEED);
    private final Path clock = folder.resolve("clock");
    private final List<Process> nodes = new ArrayList<>();
    private final Map<String, List<Instant>> expected = new LinkedHashMap<>();
    private int killed;

    @Test
    void everyPlannedInstantHasOneRecord() throws Exception {
        DesktopFixture fixture = new DesktopFixture(database);
        fixture.connect(fixture.desktop(DesktopFixture.PROJECT, null, "pc-1"), DesktopFixture.host());
        schedules();
        FiringNode.set(clock, FROM);
        try {
            for (int i = 0; i < NODES; i++) {
                nodes.add(startNode(i));
            }
            Instant now = FROM;
            while (now.isBefore(TO)) {
                now = now.plusSeconds(1 + random.nextLong(LONGEST_JUMP.toSeconds()));
                FiringNode.set(clock, now.isBefore(TO) ? now : TO);
                killOne();
                awaitNothingToDo(now.isBefore(TO) ? now : TO);
                endWhatRuns();
            }
        } finally {
            nodes.forEach(Process::destroyForcibly);
        }
        assertThat(killed).isGreaterThan(10);
        assertThat(written()).isEqualTo(wanted());
        assertThat(count("SELECT count(*) FROM scheduled_task_firings WHERE status = 'RUNNING' AND started_at IS NULL"))
                .isZero();
        assertThat(count("SELECT count(*) FROM execution_tasks"))
                .isEqualTo(count("SELECT count(*) FROM scheduled_task_firings WHERE started_at IS NOT NULL"))
                .isGreaterThan(10);
        assertThat(count("SELECT count(*) - count(DISTINCT execution_task_id) FROM scheduled_task_firings"
                        + " WHERE started_at IS NOT NULL"))
                .isZero();
    }

    private Process startNode(int number) throws IOException {
        var builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                FiringNode.class.getName());
        builder.environment().put(FiringNode.DATABASE, url);
        builder.environment().put(FiringNode.CLOCK, clock.toString());
        return builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("node-" + number + ".log").toFile()))
                .start();
    }

    /** At a random moment of the second in which they fire. */
    private void killOne() throws IOException, InterruptedException {
        int number = random.nextInt(NODES);
        boolean ended = nodes.get(number).waitFor(random.nextInt(1200), TimeUnit.MILLISECONDS);
        assertThat(ended).as("node " + number + " ended by itself").isFalse();
        nodes.get(number).destroyForcibly();
        nodes.set(number, startNode(number));
        killed++;
    }

    private void awaitNothingToDo(Instant now) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (count(
                        "SELECT (SELECT count(*) FROM scheduled_tasks WHERE next_firing_at <= $1)"
                                + " + (SELECT count(*) FROM scheduled_task_firings WHERE status = 'RUNNING' AND started_at IS NULL)",
                        utc(now))
                > 0) {
            assertThat(System.nanoTime()).as("still something to do").isLessThan(deadline);
            boolean ended = nodes.get(0).waitFor(50, TimeUnit.MILLISECONDS);
            assertThat(ended).isFalse();
        }
    }

    private void endWhatRuns() {
        execute("UPDATE execution_tasks SET status = 'SUCCESS', success_num = total, end_time = created_at"
                + " WHERE end_time IS NULL");
    }

    private void schedules() {
        schedule("berlin-gap-hour", "DAY", 1, "02:30:00", "Europe/Berlin", day -> true);
        schedule(
                "berlin-every-second-day",
                "DAY",
                2,
                "12:00:00",
                "Europe/Berlin",
                day -> day.toEpochDay() % 2 == LocalDate.of(2026, 10, 23).toEpochDay() % 2);
        schedule("shanghai-daily", "DAY", 1, "09:00:00", "Asia/Shanghai", day -> true);
        schedule("new-york-daily", "DAY", 1, "01:30:00", "America/New_York", day -> true);
        schedule("lord-howe-daily", "DAY", 1, "23:59:59", "Australia/Lord_Howe", day -> true);
        schedule(
                "utc-every-third-day",
                "DAY",
                3,
                "00:00:01",
                "UTC",
                day -> (day.toEpochDay() - LocalDate.of(2026, 10, 23).toEpochDay()) % 3 == 0);
        schedule(
                "weekends",
                "WEEK",
                "1,7",
                "02:30:00",
                "Europe/Berlin",
                day -> day.getDayOfWeek() == DayOfWeek.SATURDAY || day.getDayOfWeek() == DayOfWeek.SUNDAY);
        schedule("mondays", "WEEK", "2", "18:00:00", "GMT+8", day -> day.getDayOfWeek() == DayOfWeek.MONDAY);
        schedule(
                "some-dates",
                "MONTH",
                "24,26,L",
                "06:00:00",
                "America/Santiago",
                day -> day.getDayOfMonth() == 24 || day.getDayOfMonth() == 26);
        schedule("once", "FIXED_TIME", "2026-10-25", "02:15:00", "Europe/Berlin", day -> day.getDayOfMonth() == 25);
    }

    /** With the instants that a calendar on the wall would give it. */
    private void schedule(String name, String type, Object days, String time, String zone, Predicate<LocalDate> falls) {
        JsonObject body = new JsonObject()
                .put("task_name", name)
                .put("task_type", "EXECUTE_SCRIPT")
                .put("scheduled_type", type)
                .put("scheduled_time", time)
                .put("time_zone", zone)
                .put("misfire_grace_minutes", 240)
                .put("extra_params", "{\"command_content\":\"true\",\"command_type\":\"SHELL\"}")
                .put("apply_objects", new JsonArray().add(new JsonObject().put("object_type", "ALL_DESKTOPS")));
        switch (type) {
            case "DAY" -> body.put("day_interval", days);
            case "WEEK" -> body.put("week_list", days);
            case "MONTH" -> body.put("month_list", "10").put("date_list", days);
            default -> body.put("scheduled_date", days);
        }
        var tasks = new ScheduledTasks(database, new ScriptStore(), () -> FROM);
        UUID id = await(tasks.create(DesktopFixture.PROJECT, body, "tester"));
        assertThat(id).isNotNull();
        var instants = new ArrayList<Instant>();
        for (LocalDate day = LocalDate.of(2026, 10, 21);
                day.isBefore(LocalDate.of(2026, 11, 1));
                day = day.plusDays(1)) {
            Instant at = day.atTime(LocalTime.parse(time))
                    .atZone(ZoneId.of(zone))
                    .withEarlierOffsetAtOverlap()
                    .toInstant();
            if (falls.test(day) && at.isAfter(FROM) && !at.isAfter(TO)) {
                instants.add(at);
            }
        }
        expected.put(name, instants);
    }

    private Map<String, String> wanted() {
        Map<String, String> wanted = new TreeMap<>();
        expected.forEach((name, instants) -> wanted.put(name, instants.toString()));
        return wanted;
    }

    private Map<String, String> written() {
        Map<String, List<Instant>> written = new TreeMap<>();
        for (Row row : await(database.client()
                .preparedQuery("SELECT t.task_name, f.planned_at FROM scheduled_tasks t"
                        + " JOIN scheduled_task_firings f ON f.task_id = t.id ORDER BY f.planned_at")
                .execute())) {
            written.computeIfAbsent(row.getString("task_name"), name -> new ArrayList<>())
                    .add(row.getOffsetDateTime("planned_at").toInstant());
        }
        Map<String, String> texts = new TreeMap<>();
        written.forEach((name, instants) -> texts.put(name, instants.toString()));
        return texts;
    }

    private long count(String sql, Object... values) {
        return StreamSupport.stream(
                        await(database.client().preparedQuery(sql).execute(Tuple.from(values)))
                                .spliterator(),
                        false)
                .findFirst()
                .orElseThrow()
                .getLong(0);
    }

    private void execute(String sql) {
        var rows = await(database.client().preparedQuery(sql).execute());
        assertThat(rows).isNotNull();
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
