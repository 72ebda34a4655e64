import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The rounds of a {@link Floor}, after a warm-up, with the time of each and of its halves. */
final class FloorRounds {
    private static final int WARM_UPS = 3;

    private final FloorRows rows;
    private final FloorSockets sockets;
    private final String order;

    FloorRounds(FloorRows rows, FloorSockets sockets, String order) {
        this.rows = rows;
        this.sockets = sockets;
        this.order = order;
    }

    JsonObject run(int rounds) throws Exception {
        var whole = new JsonArray();
        var rowsAlone = new JsonArray();
        var messages = new JsonArray();
        for (int i = 0; i < WARM_UPS + rounds; i++) {
            long began = System.nanoTime();
            rows.insert();
            rows.claim();
            double claimed = millisSince(began);
            sockets.askAll(order);
            double answered = millisSince(began);
            rows.close();
            double closed = millisSince(began);
            if (i >= WARM_UPS) {
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
