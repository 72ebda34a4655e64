@NullMarked
@CheckReturnValue
package io.deskwave.control.desktop;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
