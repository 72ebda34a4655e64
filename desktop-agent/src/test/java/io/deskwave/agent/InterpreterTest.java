package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deskwave.protocol.ResultCode;
import io.deskwave.protocol.ScriptType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
final class InterpreterTest {
    private static final Path FOLDER = Path.of("/f");

    private static Interpreter.Prepared shell(String text) throws Interpreter.Unable {
        return Interpreter.prepare(ScriptType.SHELL, text, FOLDER, StandardCharsets.UTF_8);
    }

    @Test
    void runsAPlainScriptWithTheShell() throws Exception {
        assertThat(shell("echo x").command()).isEqualTo(List.of("/bin/sh", "/f/script"));
    }

    @Test
    void honoursAShebang() throws Exception {
        assertThat(shell("#!/bin/sh -e\necho x").command()).isEqualTo(List.of("/f/script"));
    }

    @Test
    void takesCarriageReturnsAway() throws Exception {
        assertThat(new String(shell("#!/bin/sh\r\necho x\r\n").content(), StandardCharsets.UTF_8))
                .isEqualTo("#!/bin/sh\necho x\n");
    }

    @Test
    void namesTheInterpreterThatIsMissing() {
        assertThatThrownBy(() -> shell("#!/opt/none/python\nprint(1)"))
                .isInstanceOf(Interpreter.Unable.class)
                .hasMessageContaining("/opt/none/python")
                .extracting(e -> ((Interpreter.Unable) e).code())
                .isEqualTo(ResultCode.START_FAILED);
    }

    @Test
    void doesNotRunBatchFilesOnLinux() {
        assertThatThrownBy(() -> Interpreter.prepare(ScriptType.BAT, "dir", FOLDER, StandardCharsets.UTF_8))
                .extracting(e -> ((Interpreter.Unable) e).code())
                .isEqualTo(ResultCode.UNSUPPORTED);
    }
}
