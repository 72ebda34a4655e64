package io.deskwave.control.http;

import io.vertx.core.Vertx;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a node holds at most of requests that are not answered yet. One for all its event loops, which share the memory and the
 * files of one process: bodies and open connections are counted together, of connections that wait each loop has a share. Safe for
 * all threads.
 */
public final class Allowance {
    private final Vertx vertx;
    private final int loops;
    private final AtomicInteger open = new AtomicInteger();
    private final Bodies bodies;
    private final Bodies bodiesOfStrangers;

    public Allowance(Vertx vertx, int loops) {
        this.vertx = vertx;
        this.loops = loops;
        this.bodies = Bodies.ofTheKnown(vertx);
        this.bodiesOfStrangers = Bodies.ofStrangers(vertx);
    }

    Bodies bodies() {
        return bodies;
    }

    Bodies bodiesOfStrangers() {
        return bodiesOfStrangers;
    }

    /** Of one loop. */
    Connections connections() {
        return new Connections(vertx, loops, open);
    }
}
