package io.deskwave.control.contract;

import io.deskwave.control.contract.RequestGenerator.Kind;
import io.deskwave.control.contract.RequestGenerator.Made;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Sends generated requests on several lines at once and judges each answer. Each line has a generator and a seed of its own,
 * so that what one sends does not hang on the others.
 */
public final class FuzzRun {
    private static final int DESKTOPS_OF_A_LINE = 5;
    private static final int TRIES = 5;
    private static final int REFILL_EVERY = 500;
    private static final int MOST_FAULTS = 50;

    /** Where to send what in whose name. */
    public record Target(int port, ApiDocument document, String projectId, String token, Set<String> untouchable) {
        @Override
        public String toString() {
            return "Target[" + port + "]";
        }
    }

    /** One answer that is not as it must be. */
    public record Fault(long seed, int line, long number, String kind, String request, List<String> complaints) {}

    private final Target target;
    private final AnswerCheck check;
    private final long seed;
    private final AtomicLong left = new AtomicLong();
    private final LongAdder unanswered = new LongAdder();
    private final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
    private final Map<Integer, LongAdder> statuses = new ConcurrentHashMap<>();
    private final Set<String> reached = ConcurrentHashMap.newKeySet();
    private final List<Lane> lanes = new ArrayList<>();

    public FuzzRun(Target target, long seed, int lines) {
        this.target = target;
        this.check = new AnswerCheck(target.document());
        this.seed = seed;
        for (int i = 0; i < lines; i++) {
            lanes.add(new Lane(i));
        }
    }

    /** Sends so many more, and returns when all are answered. */
    public void send(long requests) throws InterruptedException {
        left.set(requests);
        List<Thread> threads = lanes.stream()
                .map(lane -> new Thread(lane, "line-" + lane.number))
                .toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
    }

    public void close() {
        lanes.forEach(lane -> lane.line.close());
    }

    public List<Fault> faults() {
        return List.copyOf(faults);
    }

    /** Answers by status; those that came without one are under 0. */
    public Map<Integer, Long> statuses() {
        Map<Integer, Long> counts = new java.util.TreeMap<>();
        statuses.forEach((status, count) -> counts.put(status, count.sum()));
        counts.put(0, unanswered.sum());
        return counts;
    }

    /** The operations that have succeeded at least once. */
    public Set<String> reached() {
        return Set.copyOf(reached);
    }

    private final class Lane implements Runnable {
        private final int number;
        private final Line line = new Line(target.port());
        private final RequestGenerator generator;
        private long sent;

        Lane(int number) {
            this.number = number;
            this.generator = new RequestGenerator(
                    target.document(), target.projectId(), target.token(), target.untouchable(), seed * 1000 + number);
        }

        @Override
        public void run() {
            while (left.getAndDecrement() > 0 && faults.size() < MOST_FAULTS) {
                if (sent % REFILL_EVERY == 0) {
                    refill();
                }
                sent++;
                one(generator.next());
            }
        }

        /** Desktops are deleted now and then, and nobody else makes any. */
        private void refill() {
            for (int i = 0; i < DESKTOPS_OF_A_LINE; i++) {
                enrol("fake-" + number + "-" + sent + "-" + i, TRIES);
            }
        }

        /** Another line may revoke the token before it is used. */
        private void enrol(String name, int tries) {
            try {
                String token = FakeDesktops.token(line, target.token());
                generator.ids().learn("desktop", FakeDesktops.enrol(line, token, name));
            } catch (IOException e) {
                if (tries > 1) {
                    enrol(name, tries - 1);
                } else {
                    faults.add(new Fault(seed, number, sent, "ENROL", name, List.of(String.valueOf(e.getMessage()))));
                }
            }
        }

        private void one(Made made) {
            boolean wire = made.kind() == Kind.WIRE;
            try {
                Answer answer = line.send(made.request());
                statuses.computeIfAbsent(answer.status(), s -> new LongAdder()).increment();
                judge(made, answer);
                if (wire) {
                    line.close();
                } else {
                    generator.learn(made, answer);
                }
            } catch (IOException e) {
                unanswered.increment();
                line.close();
                if (!wire) {
                    fault(made, List.of("no answer: " + e));
                }
            }
        }

        private void judge(Made made, Answer answer) {
            List<String> complaints = new ArrayList<>();
            if (answer.status() >= 500 && answer.status() != 503) {
                complaints.add("a fault of the server: " + answer.status() + " " + answer.text());
            }
            Request request = made.request();
            complaints.addAll(
                    made.kind() == Kind.WIRE
                            ? AnswerCheck.complaintsOfAny(answer)
                            : check.complaints(request.method(), request.target(), answer));
            if (answer.status() < 300) {
                reached.add(made.operation().id());
            }
            if (!complaints.isEmpty()) {
                complaints.add("answered: " + answer.status() + " " + shortened(answer.text()));
                fault(made, complaints);
            }
        }

        private void fault(Made made, List<String> complaints) {
            String request =
                    new String(made.request().bytes(), StandardCharsets.UTF_8).replace(target.token(), "TOKEN");
            faults.add(new Fault(seed, number, sent, made.kind().name(), request, List.copyOf(complaints)));
        }

        private static String shortened(String text) {
            return text.length() > 500 ? text.substring(0, 500) + "..." : text;
        }
    }
}
