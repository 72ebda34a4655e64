package io.deskwave.control.desktop;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.UUID;

/** What has to happen in the transaction that deletes a desktop, such as ending what waits for it. */
@FunctionalInterface
public interface DesktopGone {
    Future<Void> desktopGone(SqlConnection tx, String projectId, UUID desktopId);
}
