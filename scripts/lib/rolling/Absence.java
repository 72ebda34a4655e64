import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Looks at a fleet ten times a second while a node ends: who is away, and who has come back. */
final class Absence {
    /** @param back sessions since the node was asked to end */
    private record Look(double seconds, long connected, long back) {}

    private final Fleet fleet;
    private final long began = System.nanoTime();
    private final long reconnectsBefore;
    private final List<Look> looks = new ArrayList<>();
    private final Thread thread = new Thread(this::look, "absence");
    private volatile boolean stopped;

    private Absence(Fleet fleet) throws IOException {
        this.fleet = fleet;
        this.reconnectsBefore = fleet.figures().getLong("reconnects");
    }

    static Absence begin(Fleet fleet) throws IOException {
        var absence = new Absence(fleet);
        absence.thread.setDaemon(true);
        absence.thread.start();
        return absence;
    }

    private void look() {
        try {
            while (!stopped) {
                JsonObject now = fleet.figures();
                looks.add(new Look(
                        (System.nanoTime() - began) / 1e9,
                        now.getLong("connected"),
                        now.getLong("reconnects") - reconnectsBefore));
                Thread.sleep(50);
            }
        } catch (IOException | InterruptedException e) {
            // the fleet has ended
        }
    }

    void end() throws InterruptedException {
        stopped = true;
        thread.join();
    }

    /** Seconds from the node's TERM until so many of those who came back were back. */
    double backAfter(double part) {
        long all = looks.get(looks.size() - 1).back();
        return looks.stream()
                .filter(look -> look.back() >= Math.ceil(all * part))
                .findFirst()
                .map(Look::seconds)
                .orElse(Double.NaN);
    }

    long cameBack() {
        return looks.get(looks.size() - 1).back();
    }

    long mostAway() {
        return fleet.agents() - looks.stream().mapToLong(Look::connected).min().orElse(0);
    }

    /** Seconds without a session, on the average of those who came back. */
    double meanSecondsAway() {
        double sum = 0;
        for (int i = 1; i < looks.size(); i++) {
            sum += (fleet.agents() - looks.get(i).connected()) * (looks.get(i).seconds() - looks.get(i - 1).seconds());
        }
        return cameBack() == 0 ? 0 : sum / cameBack();
    }
}
