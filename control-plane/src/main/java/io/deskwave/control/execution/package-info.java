@NullMarked
@CheckReturnValue
package io.deskwave.control.execution;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
