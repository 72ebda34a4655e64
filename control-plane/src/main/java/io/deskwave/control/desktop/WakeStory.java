package io.deskwave.control.desktop;

/** What was done to wake a desktop that did not come online, told as an SQL expression. */
public final class WakeStory {
    private WakeStory() {}

    /**
     * @param desktopId an SQL expression
     * @param since when it began to be wanted, an SQL expression
     */
    public static String of(String desktopId, String since) {
        return """
            coalesce(
                (SELECT 'magic packets were sent ' || k.attempts || CASE k.attempts WHEN 1 THEN ' time' ELSE ' times' END
                        || ' by ' || array_to_string(k.senders, ', ') || ', and the desktop did not come online: look '
                        || 'whether its firmware and its network card are set to wake it'
                 FROM desktop_wakes k WHERE k.desktop_id = %1$s AND k.last_at >= %2$s),
                (SELECT 'no online desktop is in its subnet ' || string_agg(DISTINCT n.network::text, ', ')
                        || ' to wake it: switch it on'
                 FROM desktop_networks n WHERE n.desktop_id = %1$s HAVING count(*) > 0),
                'its network card is not known, and nothing can wake it: switch it on')"""
                .formatted(desktopId, since);
    }
}
