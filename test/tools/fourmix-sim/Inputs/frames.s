; Ten fields of 11 x 11 real numbers, transformed: two slots of every memory.
focs 1

program "frames" {
  input "x" f32[10, 11, 11]
  output "y" f32[10, 2, 11, 11]
  token 0 = 2
  token 2 = 2
  token 4 = 2
  predicted frames=10 seconds=1e-7 joules=1e-8
  debug {
    "layer0/fourier"
  }
  preload {
    end
  }
  main {
    mark debug=0
    loop trip=10
      load_field field=0%2 component=complex type=f32 row{start=0 step=1 limit=11 pitch=11 count=11}
        col{start=0 step=1 limit=11 pitch=1 count=11} re=arg0[121*i0] wait=0 signal=1
      fire mode=ft detect=iq reference=0 gain=auto field=0%2 filter=0 capture=0%2 rerun repeat=1 wait=1,2 signal=0,3
      read_back capture=0%2 accumulator=0%2 re=1 im=0 wait=3,4 signal=2,5
      store accumulator=0%2 type=f32 row{start=0 step=1 limit=11 pitch=11 count=11}
        col{start=0 step=1 limit=11 pitch=1 count=11} re=arg1[242*i0] im=arg1[121+242*i0] wait=5 signal=4
    endloop
    end
  }
}
