package io.deskwave.control.dispatch;

import io.deskwave.protocol.OrderTree;
import io.deskwave.protocol.ServerMessage.RunScript;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Signs orders to agents, many together; away from the event loop. */
@FunctionalInterface
public interface OrderSigner {
    /** The same orders, each with the signature and its own proof. */
    Future<List<RunScript>> sign(List<RunScript> orders);

    /**
     * Does the work, on whatever thread.
     *
     * @param signature makes the signature of some bytes, in base64
     */
    static List<RunScript> signed(List<RunScript> orders, Function<byte[], String> signature) {
        Map<String, byte[]> digests = new HashMap<>();
        OrderTree tree = OrderTree.of(orders.stream()
                .map(order -> order.leaf(digests.computeIfAbsent(order.text(), RunScript::digest)))
                .toList());
        String common = signature.apply(RunScript.signedRoot(tree.root()));
        var signed = new ArrayList<RunScript>(orders.size());
        for (int i = 0; i < orders.size(); i++) {
            signed.add(orders.get(i).signed(common, tree.proof(i)));
        }
        return signed;
    }
}
