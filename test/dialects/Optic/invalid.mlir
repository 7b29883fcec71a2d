// RUN: fourmix-opt %s --split-input-file --verify-diagnostics

// program_c1
// expected-error@+1 {{'optic.program' op expected at least one output beside its inputs, but found 1 memories and 1 inputs}}
optic.program @p inputs 1 names ["x"] {
^bb0(%x: !optic.memory<4xf32>):
}

// -----

// program_c1
// expected-error@+1 {{'optic.program' op expected arguments of type !optic.memory, but found 'i32'}}
optic.program @p inputs 0 names ["x"] {
^bb0(%x: i32):
}

// -----

// program_c2
// expected-error@+1 {{'optic.program' op expected 2 names, but found 1}}
optic.program @p inputs 1 names ["x"] {
^bb0(%x: !optic.memory<4xf32>, %y: !optic.memory<4xf32>):
}

// -----

// expected-error@+1 {{expected elements f32 or f64, but found 'f16'}}
func.func private @memory(!optic.memory<4xf16>)

// -----

// launch_c1
func.func @launch(%x: tensor<4xf32>) {
  // expected-error@+1 {{'optic.launch' op expected an optic.program, but found no @absent}}
  %y = optic.launch @absent ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

// launch_c2
func.func @launch(%x: tensor<4xf32>) {
  // expected-error@+1 {{'optic.launch' op expected 1 inputs and 1 outputs, but found 2 and 1}}
  %y = optic.launch @p ins(%x, %x : tensor<4xf32>, tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return
}
optic.program @p inputs 1 names ["x", "y"] {
^bb0(%x: !optic.memory<4xf32>, %y: !optic.memory<4xf32>):
}

// -----

// launch_c2
func.func @launch(%x: tensor<5xf32>) {
  // expected-error@+1 {{'optic.launch' op expected '!optic.memory<4xf32>', but found 'tensor<5xf32>'}}
  %y = optic.launch @p ins(%x : tensor<5xf32>) outs(%x : tensor<5xf32>) -> tensor<5xf32>
  return
}
optic.program @p inputs 1 names ["x", "y"] {
^bb0(%x: !optic.memory<4xf32>, %y: !optic.memory<4xf32>):
}

// -----

// loop_c1
// expected-error@+1 {{'optic.loop' op expected a trip count of at least 1, but found 0}}
optic.loop 0 { optic.barrier }

// -----

// loop_c2
optic.loop 2 { optic.loop 2 { optic.loop 2 { optic.loop 2 { optic.loop 2 { optic.loop 2 { optic.loop 2 { optic.loop 2 {
  // expected-error@+1 {{'optic.loop' op expected at most 8 nested loops}}
  optic.loop 2 { optic.barrier }
} } } } } } } }

// -----

// scratch_c1
// expected-error@+1 {{'optic.scratch' op expected a non-negative multiple of 64 bytes, but found 8}}
%s = optic.scratch at 8 : <4xf32>

// -----

// table_c1
// expected-error@+1 {{'optic.table' op expected a tensor of rank 2 of f32 or f64 whose last extent is 2, but found 'tensor<3x3xf64>'}}
%t = optic.table dense<0.0> : tensor<3x3xf64> at 0

// -----

// load_field_c1
// expected-error@+1 {{'optic.load_field' op expected re, im or both, but found neither}}
%f = optic.load_field row <() -> (0), count = 1, step = 1, limit = 1, pitch = 1>
  col <() -> (0), count = 1, step = 1, limit = 1, pitch = 1> offset affine_map<() -> (0)>

// -----

// load_field_c2
%s = optic.scratch at 0 : <4xf32>
optic.loop 2 {
  // expected-error@+1 {{'optic.load_field' op expected row to be linear in 1 dimensions, one per enclosing loop, but found}}
  %f = optic.load_field re %s : !optic.memory<4xf32> row <() -> (0), count = 1, step = 1, limit = 1, pitch = 1>
    col <(d0) -> (0), count = 1, step = 1, limit = 1, pitch = 1> offset affine_map<(d0) -> (0)>
}

// -----

// axis
// expected-error@+1 {{expected a start that is linear in the loops' dimensions}}
func.func private @axis() attributes {a = #optic.axis<(d0) -> (d0 mod 2), count = 1, step = 1, limit = 1, pitch = 1>}

// -----

// expected-error@+1 {{expected count >= 1, limit >= 1 and pitch >= 0, but found 0, 1, 1}}
func.func private @axis() attributes {a = #optic.axis<() -> (0), count = 0, step = 1, limit = 1, pitch = 1>}

// -----

// fire_c1
%s = optic.scratch at 0 : <4xf32>
%f = optic.load_field re %s : !optic.memory<4xf32> row <() -> (0), count = 1, step = 1, limit = 1, pitch = 1>
  col <() -> (0), count = 1, step = 1, limit = 1, pitch = 1> offset affine_map<() -> (0)>
// expected-error@+1 {{'optic.fire' op expected a filter for mft and correlate, and none for ft}}
%c = optic.fire mft %f detect iq

// -----

// fire_c2
%s = optic.scratch at 0 : <4xf32>
%f = optic.load_field re %s : !optic.memory<4xf32> row <() -> (0), count = 1, step = 1, limit = 1, pitch = 1>
  col <() -> (0), count = 1, step = 1, limit = 1, pitch = 1> offset affine_map<() -> (0)>
// expected-error@+1 {{'optic.fire' op expected a repetition of 1 to 65535, but found 0}}
%c = optic.fire ft %f detect iq {repeat = 0}

// -----

// expected-error@+1 {{expected one of 1 to 32 digits of 1 to 32 bits, but found digit 2 of 2 of 8 bits}}
func.func private @digit() attributes {digit = #optic.digit<2 of 2, bits = 8>}

// -----

// load_field_c3
%s = optic.scratch at 0 : <4xf32>
// expected-error@+1 {{'optic.load_field' op expected no im_offset without im}}
%f = optic.load_field re %s : !optic.memory<4xf32> row <() -> (0), count = 1, step = 1, limit = 1, pitch = 1>
  col <() -> (0), count = 1, step = 1, limit = 1, pitch = 1> offset affine_map<() -> (0)> im_offset affine_map<() -> (1)>

// -----

// load_field_c4
%s = optic.scratch at 0 : <4xf32>
// expected-error@+1 {{'optic.load_field' op expected joined axes of one pitch, a row that wraps, and a col that does not, of a limit of at most the row's, but found}}
%f = optic.load_field re %s : !optic.memory<4xf32> row <() -> (0), count = 1, step = 1, limit = 4, pitch = 1>
  col <() -> (0), count = 1, step = 1, limit = 4, pitch = 1> joined offset affine_map<() -> (0)>

// -----

// filter_c1
// expected-error@+1 {{'optic.filter' op expected a tensor of rank 3 of f32 or f64 whose last extent is 2}}
%w = optic.filter dense<1.0> : tensor<11x2xf32>

// -----

// filter_c2
// expected-error@+1 {{'optic.filter' op expected a count of 1 to 4, but found 5}}
%w = optic.filter dense<1.0> : tensor<4x11x11x2xf32> from affine_map<() -> (0)> count 5

// -----

// filter_c2
// expected-error@+1 {{'optic.filter' op expected first to be linear in 0 dimensions}}
%w = optic.filter dense<1.0> : tensor<4x11x11x2xf32> from affine_map<(d0) -> (d0)> count 2

// -----

// filter_c3
optic.loop 2 {
  // expected-error@+1 {{'optic.filter' op expected first and count, since it stands in a loop}}
  %w = optic.filter dense<1.0> : tensor<4x11x11x2xf32>
}
