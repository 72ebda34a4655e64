@NullMarked
@CheckReturnValue
package io.deskwave.control.agent;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
