@NullMarked
@CheckReturnValue
package io.deskwave.control.http;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
