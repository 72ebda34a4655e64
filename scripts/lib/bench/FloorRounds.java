import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The rounds of a {@link Floor}, after a warm-up, with the time of each and of its halves. */
final class FloorRounds {
    private static final int WARM_UPS = 3;
    private static final int WARM_ROWS = 30_000;

    private final FloorRows rows;
    private final FloorSockets sockets;
    private final String order;

    FloorRounds(FloorRows rows, FloorSockets sockets, String order) {
        this.rows = rows;
        this.sockets = sockets;
        this.order = order;
    }

    JsonObject run(int number, int rounds) throws Exception {
        var whole = new JsonArray();
        var rowsAlone = new JsonArray();
        var messages = new JsonArray();
        int warmUps = Math.max(WARM_UPS, WARM_ROWS / number);
        for (int i = 0; i < warmUps + rounds; i++) {
            long began = System.nanoTime();
            rows.insert();
            rows.claim();
            double claimed = millisSince(began);
            sockets.askAll(order);
            double answered = millisSince(began);
            rows.close();
            double closed = millisSince(began);
            if (i >= warmUps) {
                whole.add(closed);
                messages.add(answered - claimed);
                rowsAlone.add(closed - answered + claimed);
            }
        }
        return new JsonObject().put("whole", whole).put("rows", rowsAlone).put("messages", messages);
    }

    private static double millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e6;
    }
}
