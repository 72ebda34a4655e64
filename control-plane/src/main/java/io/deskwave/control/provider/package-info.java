@NullMarked
@CheckReturnValue
package io.deskwave.control.provider;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
