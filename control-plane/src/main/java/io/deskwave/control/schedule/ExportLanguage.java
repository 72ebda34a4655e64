package io.deskwave.control.schedule;

import io.deskwave.control.http.ApiException;
import io.deskwave.control.http.Wording;
import java.util.Locale;

/** What the headings of an exported file are written in. */
enum ExportLanguage {
    EN_US,
    ZH_CN;

    /** As callers write it, in any case: {@code en-us}. */
    static ExportLanguage parse(String text) {
        return switch (text.replace('_', '-').toLowerCase(Locale.ROOT)) {
            case "en-us" -> EN_US;
            case "zh-cn" -> ZH_CN;
            default ->
                throw new ApiException.BadRequest(
                        "language must be en-us or zh-cn, not '" + Wording.shortened(text) + "'");
        };
    }
}
