; Ten tiles of 4 x 4: transformed, times a filter, twiddled. One field and one capture are filled while another is used.
focs 1
metadata "producer" "by hand"

program "pipeline" {
  input "x" f32[10, 4, 4]
  output "y" f32[10, 2, 4, 4]
  token 1 = 2
  predicted frames=10 seconds=1e-8 joules=0
  debug {
    "layer0/fourier"
  }
  preload {
    load_filter filter=5 type=f32 row{start=0 step=1 limit=4 pitch=4 count=4} col{start=0 step=1 limit=4 pitch=1 count=4}
      re=const[0] im=const[16]
    load_table to=0 count=8 type=f32 re=const[32] im=const[40]
    end
  }
  main {
    mark debug=0
    loop trip=10
      load_field field=0%2 component=complex type=f32 row{start=0 step=1 limit=4 pitch=4 count=4}
        col{start=0 step=1 limit=4 pitch=1 count=4} re=arg0[16*i0] wait=1 signal=0
      fire mode=mft detect=iq reference=0 gain=auto field=0%2 filter=5 capture=0%2 rerun repeat=1 wait=0 signal=1
      barrier
      read_back capture=0%2 accumulator=0 re=1 im=0
      twiddle accumulator=0 row{offset=0 step=1} scale=0.5
      barrier
      store accumulator=0 type=f32 row{start=0 step=1 limit=4 pitch=4 count=4}
        col{start=0 step=1 limit=4 pitch=1 count=4} re=arg1[32*i0] im=arg1[16+32*i0]
      barrier
    endloop
    end
  }
}

profile {
  | name = "small"
}

constants 192 hex {
  0000803f 00000040 ; 1 and 2
  0000000000000000 00000000000000000000000000000000 00000000000000000000000000000000 00000000000000000000000000000000
  00000000000000000000000000000000 00000000000000000000000000000000 00000000000000000000000000000000
  00000000000000000000000000000000 00000000000000000000000000000000 00000000000000000000000000000000
  00000000000000000000000000000000 00000000000000000000000000000000
}
