@NullMarked
@CheckReturnValue
package io.deskwave.control.live;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
