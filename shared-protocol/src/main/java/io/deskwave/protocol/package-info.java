/**
 * What the control plane and the agent say to each other. No Vert.x, no SQL: plain records, so that both sides and the
 * tests share one definition of every message, limit and JSON name.
 */
@NullMarked
@CheckReturnValue
package io.deskwave.protocol;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
