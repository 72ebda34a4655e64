package io.deskwave.control.chaos;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Orders work as long as it is told to, so that every desktop has a few records to go on with: commands and stored scripts,
 * short and long, that succeed or not, with gray batches, steps before and after, stops and retries. What it orders comes
 * from the seed. It keeps what the API acknowledged.
 */
final class Workload {
    private static final int OPEN_RECORDS_A_DESK = 4;

    private final Site site;
    private final Api api;
    private final Sampler sampler;
    private final Viewers viewers;
    private final Journal journal;
    private final Random random;
    /** A run of a minute has no time for long scripts and long waits. */
    private final boolean brief;

    private final List<String> desktopIds;
    private final List<String> scriptIds;
    private final Deeds deeds;
    private final AtomicBoolean goOn;

    Workload(Site site, Api api, Sampler sampler, Viewers viewers, Journal journal, Options options) {
        this.site = site;
        this.api = api;
        this.sampler = sampler;
        this.viewers = viewers;
        this.journal = journal;
        this.random = new Random(options.seed());
        this.scriptIds = new ArrayList<>();
        this.deeds = new Deeds();
        this.goOn = new AtomicBoolean(true);
        this.brief = options.faults().toMinutes() < 2;
        this.desktopIds = site.desks().stream()
                .map(desk -> desk.line("connected ").orElseThrow())
                .toList();
    }

    private Workload(Workload other, long seed) {
        this.site = other.site;
        this.api = other.api;
        this.sampler = other.sampler;
        this.viewers = other.viewers;
        this.journal = other.journal;
        this.random = new Random(seed);
        this.brief = other.brief;
        this.desktopIds = other.desktopIds;
        this.scriptIds = List.copyOf(other.scriptIds);
        this.deeds = other.deeds;
        this.goOn = other.goOn;
    }

    Deeds deeds() {
        return deeds;
    }

    void stop() {
        goOn.set(false);
    }

    /** Another one beside this, with the same deeds and scripts: while one waits for an answer, the other goes on. */
    Workload beside(long seed) {
        return new Workload(this, seed);
    }

    void storeScripts() {
        for (int i = 0; i < 6; i++) {
            storeScript("chaos-" + i);
        }
    }

    /** Returns some seconds after {@link #stop}. */
    void run() {
        while (goOn.get()) {
            if (sampler.openRecords() >= OPEN_RECORDS_A_DESK * desktopIds.size()) {
                Wait.pause(200);
            } else {
                order();
                Wait.pause(random.nextInt(400));
            }
            intervene();
        }
    }

    private void storeScript(String name) {
        JsonObject body = new JsonObject()
                .put("name", name)
                .put("type", "SHELL")
                .put("content", payload(2).script(site.acts()));
        for (int i = 0; i < 20; i++) {
            Api.Answer answer = api.post("/scripts", body);
            if (answer.isGood()) {
                scriptIds.add(answer.body().getString("script_id"));
                return;
            }
        }
        throw new IllegalStateException("no script can be stored");
    }

    // ---- orders ----

    private void order() {
        JsonObject body = new JsonObject().put("resource_type", "DESKTOP");
        List<String> desks = some(desktopIds);
        body.put("resource_ids", new JsonArray(desks));
        int scripts = work(body);
        gray(body, desks.size());
        steps(body);
        if (!body.containsKey("execution_timeout")) {
            body.put("execution_timeout", brief ? 1 : 2 + random.nextInt(2));
        }
        body.put("start_timeout", brief || chance(5) ? 1 : 3 + random.nextInt(3));
        Api.Answer answer = api.post("/script-executions", body);
        if (answer.isLost()) {
            deeds.unknown();
            journal.count("orders whose answer was lost");
        } else if (answer.isGood()) {
            String task = answer.body().getString("task_id");
            deeds.acknowledged(task, desks.size() * scripts);
            journal.count("tasks");
            if (chance(10)) {
                viewers.watch(task);
            }
            planIntervention(task);
        } else {
            journal.find("an order was answered " + answer.status() + " " + answer.body());
        }
    }

    /** How many scripts it has. */
    private int work(JsonObject body) {
        if (chance(20) && !scriptIds.isEmpty()) {
            var ids = new JsonArray();
            int scripts = 1 + random.nextInt(3);
            List<String> shuffled = new ArrayList<>(scriptIds);
            Collections.shuffle(shuffled, random);
            shuffled.subList(0, scripts).forEach(ids::add);
            body.put("script_ids", ids);
            return scripts;
        }
        Payload payload;
        if (!brief && chance(2)) {
            payload = new Payload(100, 50, 3, 0, 0);
            body.put("execution_timeout", 1);
        } else if (!brief && chance(5)) {
            payload = new Payload(30 + random.nextInt(30), 60, 4, 0, 0);
        } else if (chance(15)) {
            payload = payload(20);
        } else if (chance(6)) {
            payload = new Payload(random.nextInt(3), 20, 3, 5_000 + random.nextInt(15_000), chance(20) ? 7 : 0);
        } else {
            payload = payload(3);
        }
        body.put("command_type", "SHELL").put("command_content", payload.script(site.acts()));
        return 1;
    }

    private Payload payload(int mostSeconds) {
        return new Payload(
                random.nextInt(mostSeconds + 1),
                3 + random.nextInt(40),
                1 + random.nextInt(6),
                0,
                chance(12) ? 1 + random.nextInt(200) : 0);
    }

    private void gray(JsonObject body, int desks) {
        if (desks > 1 && chance(25)) {
            int count = 1 + random.nextInt(desks - 1);
            body.put("gray_count", count);
            if (count > 1) {
                body.put("gray_fail_threshold", 1 + random.nextInt(count - 1));
            }
        }
    }

    private void steps(JsonObject body) {
        if (chance(4)) {
            body.put("pre_start", chance(50) ? "reboot" : "start");
        }
        if (chance(4)) {
            body.put("post_finish", chance(70) ? "reboot" : "stop");
        }
    }

    private List<String> some(List<String> all) {
        var shuffled = new ArrayList<>(all);
        Collections.shuffle(shuffled, random);
        return List.copyOf(shuffled.subList(0, 1 + random.nextInt(all.size())));
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    // ---- stops and retries ----

    private record Planned(long at, String task, boolean stop) {}

    private final List<Planned> planned = new ArrayList<>();

    private void planIntervention(String task) {
        if (chance(8)) {
            planned.add(new Planned(System.nanoTime() + random.nextInt(12) * 1_000_000_000L, task, true));
        }
        if (chance(10)) {
            planned.add(new Planned(System.nanoTime() + (5 + random.nextInt(60)) * 1_000_000_000L, task, false));
        }
    }

    private void intervene() {
        for (Planned each : List.copyOf(planned)) {
            if (System.nanoTime() >= each.at()) {
                planned.remove(each);
                carryOut(each);
            }
        }
    }

    /** 409: there was nothing to do. */
    private void carryOut(Planned each) {
        String word = each.stop() ? "stop" : "retry";
        JsonObject named = new JsonObject().put("task_id", each.task());
        if (chance(50)) {
            JsonArray records = api.get("/script-execution-records?limit=100&script_task_id=" + each.task())
                    .getJsonArray("script_records");
            if (!records.isEmpty()) {
                String record =
                        records.getJsonObject(random.nextInt(records.size())).getString("id");
                named = new JsonObject().put("record_id", record);
            }
        }
        if (!each.stop()) {
            deeds.retried(each.task());
        }
        Api.Answer answer = api.post("/script-executions/" + word, named);
        journal.count(word
                + (answer.isGood() ? " done" : answer.isLost() ? " whose answer was lost" : " with nothing to do"));
        if (!answer.isGood() && !answer.isLost() && answer.status() != 409) {
            journal.find("a " + word + " was answered " + answer.status() + " " + answer.body());
        }
    }
}
