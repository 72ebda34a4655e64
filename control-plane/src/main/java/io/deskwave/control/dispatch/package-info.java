@NullMarked
@CheckReturnValue
package io.deskwave.control.dispatch;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
