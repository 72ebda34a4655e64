package io.deskwave.control;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a second Ctrl-C or TERM does while the program ends in order: the JVM itself takes no notice of it. There is no
 * documented way to hear of signals, so the one that all JVMs of this kind have is used by name, and its absence is no fault.
 */
final class SecondSignal {
    private static final Logger LOG = LoggerFactory.getLogger(SecondSignal.class);
    private static final List<String> SIGNALS = List.of("TERM", "INT");

    private SecondSignal() {}

    static void runs(Runnable end) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            switch (method.getName()) {
                case "handle" -> end.run();
                case "hashCode" -> {
                    return System.identityHashCode(proxy);
                }
                case "equals" -> {
                    return arguments[0] == proxy;
                }
                default -> LOG.debug("{} was called", method);
            }
            return null;
        };
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> heard = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(heard.getClassLoader(), new Class<?>[] {heard}, handler);
            for (String name : SIGNALS) {
                Object before = signal.getMethod("handle", signal, heard)
                        .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
                LOG.debug("a second {} ends at once; before it was {}", name, before);
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.debug("a second signal cannot be heard here: {}", e.toString());
        }
    }
}
