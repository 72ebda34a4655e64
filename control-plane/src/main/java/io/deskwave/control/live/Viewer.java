package io.deskwave.control.live;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** Somebody who watches a task: takes one event at a time, as fast as they can. */
interface Viewer {
    /** Succeeds when the viewer can take the next event; fails when the viewer is gone. */
    Future<Void> show(JsonObject event);

    /** Nobody watches any more. */
    boolean isGone();

    /** The story has ended. */
    void end();
}
