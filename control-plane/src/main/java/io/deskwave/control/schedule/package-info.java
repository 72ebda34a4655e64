@NullMarked
@CheckReturnValue
package io.deskwave.control.schedule;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
