/** Faults on purpose: real processes, a workload, what breaks them, and what judges the story afterwards. */
package io.deskwave.control.chaos;
