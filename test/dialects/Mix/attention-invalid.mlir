// RUN: fourmix-opt %s --split-input-file --verify-diagnostics

// attention (C1)
func.func @groups(%x: tensor<1x4x6xf32>) {
  // expected-error @+1 {{'mix.attention' op kv_heads must divide heads, found 2 and 3}}
  %y = mix.attention %x, %x, %x heads 3 kv_heads 2 scale 1.0 : (tensor<1x4x6xf32>, tensor<1x4x6xf32>, tensor<1x4x6xf32>) -> tensor<1x4x6xf32>
  return
}

// -----

// attention (C2)
func.func @rank(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{'mix.attention' op query must be [batch, sequence, 2 * size] or [batch, 2, sequence, size], found 'tensor<4x6xf32>'}}
  %y = mix.attention %x, %x, %x heads 2 kv_heads 2 scale 1.0 : (tensor<4x6xf32>, tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return
}

// -----

func.func @heads_of_values(%x: tensor<1x4x6xf32>, %v: tensor<1x3x4x2xf32>) {
  // expected-error @+1 {{'mix.attention' op value must be [batch, sequence, 2 * size] or [batch, 2, sequence, size], found 'tensor<1x3x4x2xf32>'}}
  %y = mix.attention %x, %x, %v heads 2 kv_heads 2 scale 1.0 : (tensor<1x4x6xf32>, tensor<1x4x6xf32>, tensor<1x3x4x2xf32>) -> tensor<1x4x6xf32>
  return
}

// -----

func.func @dynamic(%x: tensor<1x?x6xf32>) {
  // expected-error @+1 {{'mix.attention' op expected static shapes, found 'tensor<1x?x6xf32>'}}
  %y = mix.attention %x, %x, %x heads 2 kv_heads 2 scale 1.0 : (tensor<1x?x6xf32>, tensor<1x?x6xf32>, tensor<1x?x6xf32>) -> tensor<1x?x6xf32>
  return
}

// -----

// attention (C3)
func.func @elements(%x: tensor<1x4x6xf32>, %v: tensor<1x4x6xf64>) {
  // expected-error @+1 {{'mix.attention' op value must have the element type of query, 'f32', found 'tensor<1x4x6xf64>'}}
  %y = mix.attention %x, %x, %v heads 2 kv_heads 2 scale 1.0 : (tensor<1x4x6xf32>, tensor<1x4x6xf32>, tensor<1x4x6xf64>) -> tensor<1x4x6xf32>
  return
}

// -----

func.func @sizes(%q: tensor<1x4x6xf32>, %k: tensor<1x5x4xf32>) {
  // expected-error @+1 {{'mix.attention' op query [1, 2, 4, 3], key [1, 2, 5, 2], value [1, 2, 5, 2] and output [1, 2, 4, 3] ([batch, heads, sequence, size]) do not fit}}
  %y = mix.attention %q, %k, %k heads 2 kv_heads 2 scale 1.0 : (tensor<1x4x6xf32>, tensor<1x5x4xf32>, tensor<1x5x4xf32>) -> tensor<1x4x6xf32>
  return
}

// -----

// attention (C4)
func.func @past(%x: tensor<1x4x6xf32>, %past: tensor<1x2x5x4xf32>) {
  // expected-error @+1 {{'mix.attention' op past [1, 2, 5, 4], [1, 2, 5, 4] does not fit key [1, 2, 4, 3] and value [1, 2, 4, 3] ([batch, heads, sequence, size])}}
  %y = mix.attention %x, %x, %x past %past, %past heads 2 kv_heads 2 scale 1.0 : (tensor<1x4x6xf32>, tensor<1x4x6xf32>, tensor<1x4x6xf32>, tensor<1x2x5x4xf32>, tensor<1x2x5x4xf32>) -> tensor<1x4x6xf32>
  return
}

// -----

// attention (C5)
func.func @mask(%x: tensor<1x4x6xf32>, %m: tensor<4x3xi1>) {
  // expected-error @+1 {{'mix.attention' op mask must broadcast to [1, 2, 4, 4], found 'tensor<4x3xi1>'}}
  %y = mix.attention %x, %x, %x mask %m heads 2 kv_heads 2 scale 1.0 : (tensor<1x4x6xf32>, tensor<1x4x6xf32>, tensor<1x4x6xf32>, tensor<4x3xi1>) -> tensor<1x4x6xf32>
  return
}

// -----

func.func @bias(%x: tensor<1x4x6xf32>, %b: tensor<4x4xf64>) {
  // expected-error @+1 {{'mix.attention' op expected elements of 'f32', found 'tensor<4x4xf64>'}}
  %y = mix.attention %x, %x, %x bias %b heads 2 kv_heads 2 scale 1.0 : (tensor<1x4x6xf32>, tensor<1x4x6xf32>, tensor<1x4x6xf32>, tensor<4x4xf64>) -> tensor<1x4x6xf32>
  return
}

// -----

// attention (C6)
func.func @lengths(%x: tensor<1x4x6xf32>, %l: tensor<2xi64>) {
  // expected-error @+1 {{'mix.attention' op lengths must have shape [1], found 'tensor<2xi64>'}}
  %y = mix.attention %x, %x, %x lengths %l heads 2 kv_heads 2 scale 1.0 : (tensor<1x4x6xf32>, tensor<1x4x6xf32>, tensor<1x4x6xf32>, tensor<2xi64>) -> tensor<1x4x6xf32>
  return
}

// -----

func.func @end_aligned(%x: tensor<1x4x6xf32>) {
  // expected-error @+1 {{'mix.attention' op end_aligned needs lengths}}
  %y = mix.attention %x, %x, %x heads 2 kv_heads 2 scale 1.0 end_aligned : (tensor<1x4x6xf32>, tensor<1x4x6xf32>, tensor<1x4x6xf32>) -> tensor<1x4x6xf32>
  return
}

// -----

// attention (C7)
func.func @window(%x: tensor<1x4x6xf32>) {
  // expected-error @+1 {{'mix.attention' op left must not be negative, found -1}}
  %y = mix.attention %x, %x, %x heads 2 kv_heads 2 scale 1.0 left -1 : (tensor<1x4x6xf32>, tensor<1x4x6xf32>, tensor<1x4x6xf32>) -> tensor<1x4x6xf32>
  return
}

// -----

func.func @cap(%x: tensor<1x4x6xf32>) {
  // expected-error @+1 {{'mix.attention' op softcap must be positive, found 0}}
  %y = mix.attention %x, %x, %x heads 2 kv_heads 2 scale 1.0 softcap 0.0 : (tensor<1x4x6xf32>, tensor<1x4x6xf32>, tensor<1x4x6xf32>) -> tensor<1x4x6xf32>
  return
}

// -----

func.func @order(%x: tensor<1x4x6xf32>) {
  // expected-error @+1 {{'mix.attention' op bias_before_cap needs a softcap}}
  %y = mix.attention %x, %x, %x heads 2 kv_heads 2 scale 1.0 bias_before_cap : (tensor<1x4x6xf32>, tensor<1x4x6xf32>, tensor<1x4x6xf32>) -> tensor<1x4x6xf32>
  return
}

// -----

// attention (C8)
func.func @stage(%x: tensor<1x4x6xf32>) {
  // expected-error @+1 {{'mix.attention' op the second result and its stage must stand together}}
  %y = mix.attention %x, %x, %x heads 2 kv_heads 2 scale 1.0 scores raw : (tensor<1x4x6xf32>, tensor<1x4x6xf32>, tensor<1x4x6xf32>) -> tensor<1x4x6xf32>
  return
}

// -----

func.func @scores(%x: tensor<1x4x6xf32>) {
  // expected-error @+1 {{'mix.attention' op scores must be 'tensor<1x2x4x4xf32>', found 'tensor<2x4x4xf32>'}}
  %y, %s = mix.attention %x, %x, %x heads 2 kv_heads 2 scale 1.0 scores raw : (tensor<1x4x6xf32>, tensor<1x4x6xf32>, tensor<1x4x6xf32>) -> (tensor<1x4x6xf32>, tensor<2x4x4xf32>)
  return
}

// -----

// linear_attention (C4)
func.func @kernel(%x: tensor<1x4x6xf32>, %c: tensor<2x6xf32>) {
  // expected-error @+1 {{'mix.linear_attention' op the kernel must be [1 or 2, 7] of 'f32', found 'tensor<2x6xf32>'}}
  %y = mix.linear_attention %x, %x, %x kernel %c heads 2 kv_heads 2 scale 1.0 : (tensor<1x4x6xf32>, tensor<1x4x6xf32>, tensor<1x4x6xf32>, tensor<2x6xf32>) -> tensor<1x4x6xf32>
  return
}

// -----

// linear_attention (C5)
func.func @later(%q: tensor<1x4x6xf32>, %k: tensor<1x5x6xf32>) {
  // expected-error @+1 {{'mix.linear_attention' op expected as many queries as keys, found 4 and 5}}
  %y = mix.linear_attention %q, %k, %k heads 2 kv_heads 2 scale 1.0 causal : (tensor<1x4x6xf32>, tensor<1x5x6xf32>, tensor<1x5x6xf32>) -> tensor<1x4x6xf32>
  return
}

// -----

// linear_attention (C6)
func.func @epsilon(%x: tensor<1x4x6xf32>) {
  // expected-error @+1 {{'mix.linear_attention' op an epsilon needs `normalised`: it is added to the sum that divides}}
  %y = mix.linear_attention %x, %x, %x heads 2 kv_heads 2 scale 1.0 epsilon 1.0e-6 : (tensor<1x4x6xf32>, tensor<1x4x6xf32>, tensor<1x4x6xf32>) -> tensor<1x4x6xf32>
  return
}

// -----

// linear_attention (C6)
func.func @negative_epsilon(%x: tensor<1x4x6xf32>) {
  // expected-error @+1 {{'mix.linear_attention' op epsilon must be finite and not negative, found -1}}
  %y = mix.linear_attention %x, %x, %x heads 2 kv_heads 2 scale 1.0 normalised epsilon -1.0 : (tensor<1x4x6xf32>, tensor<1x4x6xf32>, tensor<1x4x6xf32>) -> tensor<1x4x6xf32>
  return
}
