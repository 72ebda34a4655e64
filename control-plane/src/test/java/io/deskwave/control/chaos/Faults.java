package io.deskwave.control.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Lets a fault begin every so often, of random kind, target and length, and puts each right again. */
final class Faults {
    private static final Duration LONGEST_MENDING = Duration.ofMinutes(2);

    private final List<Fault> menu;
    private final SplittableRandom random;
    private final Journal journal;
    private final Set<String> taken = new HashSet<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        var thread = new Thread(work, "fault");
        thread.setDaemon(true);
        return thread;
    });
    private volatile boolean goOn = true;

    Faults(List<Fault> menu, long seed, Journal journal) {
        this.menu = menu;
        this.random = new SplittableRandom(seed);
        this.journal = journal;
    }

    /** Returns when all of them are over. */
    void run(Duration time, Duration every) {
        long end = System.nanoTime() + time.toNanos();
        long next = System.nanoTime() + every.toNanos() / 2;
        while (next < end) {
            Wait.pause(Math.max(0, TimeUnit.NANOSECONDS.toMillis(next - System.nanoTime())));
            beginOne();
            next += every.toNanos();
        }
        Wait.pause(Math.max(0, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())));
        goOn = false;
        threads.shutdown();
        try {
            if (!threads.awaitTermination(LONGEST_MENDING.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("a fault could not be put right: " + taken);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void beginOne() {
        List<Fault> free;
        synchronized (taken) {
            free = menu.stream()
                    .filter(fault -> fault.needs().stream().noneMatch(taken::contains))
                    .toList();
        }
        if (free.isEmpty()) {
            return;
        }
        Fault fault = choose(free);
        int millis =
                fault.leastSeconds() * 1000 + random.nextInt((fault.mostSeconds() - fault.leastSeconds()) * 1000 + 1);
        synchronized (taken) {
            taken.addAll(fault.needs());
        }
        threads.execute(() -> make(fault, millis));
    }

    /** The kind by its weight, then one of its targets. */
    private Fault choose(List<Fault> free) {
        var kinds = new TreeMap<String, List<Fault>>();
        free.forEach(fault ->
                kinds.computeIfAbsent(fault.kind(), kind -> new ArrayList<>()).add(fault));
        int ticket = random.nextInt(
                kinds.values().stream().mapToInt(each -> each.get(0).weight()).sum());
        for (List<Fault> kind : kinds.values()) {
            ticket -= kind.get(0).weight();
            if (ticket < 0) {
                return kind.get(random.nextInt(kind.size()));
            }
        }
        throw new IllegalStateException("weights");
    }

    private void make(Fault fault, int millis) {
        String what = (fault.kind() + " " + fault.target()).strip();
        try {
            step(what, fault.begin(), "began, for " + millis / 1000.0 + " s");
            journal.count("fault: " + fault.kind());
            for (int waited = 0; waited < millis && goOn; waited += 100) {
                Wait.pause(Math.min(100, millis - waited));
            }
        } finally {
            step(what, fault.end(), "is over");
            synchronized (taken) {
                taken.removeAll(fault.needs());
            }
        }
    }

    private void step(String what, Fault.Step step, String told) {
        try {
            step.run();
            journal.say(what + " " + told);
        } catch (Exception e) {
            journal.say(what + " could not be made: " + e);
        }
    }
}
