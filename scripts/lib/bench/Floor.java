import io.deskwave.protocol.AgentMessage;
import io.deskwave.protocol.Outcome;
import io.deskwave.protocol.ResultCode;
import io.deskwave.protocol.ScriptType;
import io.deskwave.protocol.ServerMessage;
import io.deskwave.protocol.Wire;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.UUID;

/**
 * What a command on N desktops costs at least, with the tools of the control plane and none of its work: {@code serve N
 * ROUNDS} (the database's address in {@code BENCH_SECRET}; prints {@code port P}, then one line of JSON) and {@code connect N
 * PORT}, a process each, as the node and the swarm are.
 *
 * <p>One round, each step when the one before is done, since each needs what the one before made: one task and N records are
 * inserted and committed; one UPDATE claims them all and answers whom to send to; each of N plain WebSockets gets one message
 * as long as a RunScript and answers with one as long as a Finished; one statement closes all records and moves the task's
 * counters, committed. The rows have the columns of a record that a caller can see ({@link FloorRows}), no foreign keys, no
 * checks and no index but the primary key. Nothing is signed, verified, parsed, logged, listed, started (the agents of the real
 * thing answer twice: started and finished) or told to viewers; nobody asks for the result.
 */
final class Floor {
    private static final int SIGNED_TOGETHER = 256;
    /** Each with its side. */
    private static final int HASH_BYTES = 33;

    private Floor() {}

    public static void main(String[] arguments) throws Exception {
        System.setProperty("vertx.disableDnsResolver", "true");
        var vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
        int number = Integer.parseInt(arguments[1]);
        if (arguments[0].equals("connect")) {
            new FloorSockets(vertx, number).connect(Integer.parseInt(arguments[2]), answer());
            return;
        }
        var rows = new FloorRows(vertx, System.getenv("BENCH_SECRET"), number);
        var sockets = new FloorSockets(vertx, number);
        System.out.println("port " + sockets.serve());
        sockets.awaitAll();
        JsonObject found = new FloorRounds(rows, sockets, order(number)).run(number, Integer.parseInt(arguments[2]));
        rows.drop();
        System.out.println(found.encode());
    }

    /** As long as what the node sends for the bench's command, with a proof from a tree of as many orders as it signs together. */
    private static String order(int number) {
        UUID id = UUID.randomUUID();
        int hashes = 32 - Integer.numberOfLeadingZeros(Math.max(1, Math.min(number, SIGNED_TOGETHER) - 1));
        return Wire.encode(new ServerMessage.RunScript(
                id, id, 1, ScriptType.SHELL, CommandCase.COMMAND, 300, 1 << 20, base64(64), base64(HASH_BYTES * hashes)));
    }

    private static String base64(int bytes) {
        return Base64.getEncoder().encodeToString(new byte[bytes]);
    }

    /** As long as what an agent answers. */
    private static String answer() {
        var outcome = new Outcome(ResultCode.EXITED, 0, true, "", Instant.now(), 0, 0, List.of(), List.of());
        return Wire.encode(new AgentMessage.Finished(UUID.randomUUID(), 1, outcome));
    }
}
