package io.deskwave.control.schedule;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file of tables while it is written, one table after the other. Cells are texts, numbers, local times or null. Blocks, so it
 * is used beside the event loop; holds no more than the rows of one call.
 */
interface ExportFile {
    /** Begins a table. */
    void begin(String name, List<String> headings) throws IOException;

    void add(List<List<@Nullable Object>> rows) throws IOException;

    /** Writes the rest. */
    void end() throws IOException;
}
