package io.deskwave.control.dispatch;

import io.deskwave.protocol.ServerMessage.PowerOrder;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Function;

/** Signs power orders, each by itself: they are few and stand alone. Away from the event loop. */
@FunctionalInterface
public interface PowerSigner {
    Future<List<PowerOrder>> sign(List<PowerOrder> orders);

    /**
     * Does the work, on whatever thread.
     *
     * @param signature makes the signature of some bytes, in base64
     */
    static List<PowerOrder> signed(List<PowerOrder> orders, Function<byte[], String> signature) {
        return orders.stream()
                .map(order -> order.signed(signature.apply(order.signedContent())))
                .toList();
    }
}
