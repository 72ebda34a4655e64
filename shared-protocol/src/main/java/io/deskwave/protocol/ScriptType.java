package io.deskwave.protocol;

/** The languages a script may be written in; the vendor's names. */
public enum ScriptType {
    /** Windows PowerShell, or {@code pwsh} where it is installed. */
    POWERSHELL,
    /** A Windows batch file. */
    BAT,
    /** A Unix shell script; a shebang line is honoured, else {@code /bin/sh}. */
    SHELL
}
