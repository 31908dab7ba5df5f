# Special methods that are properties: what their getters raise is what the operation raises.
class A:
    @property
    def __eq__(self): raise ValueError('no')
    __hash__ = None
class B:
    @property
    def __eq__(self): return lambda o: 'eq %s' % type(o).__name__
    @property
    def __lt__(self): raise KeyError('lt')
    @property
    def __add__(self): raise KeyError('add')
    @property
    def __len__(self): raise KeyError('len')
    @property
    def __bool__(self): raise KeyError('bool')
    @property
    def __getitem__(self): raise KeyError('gi')
    @property
    def __contains__(self): raise KeyError('c')
    @property
    def __iter__(self): raise KeyError('it')
    @property
    def __call__(self): raise KeyError('call')
    @property
    def __hash__(self): raise KeyError('h')
    @property
    def __repr__(self): raise KeyError('r')
    @property
    def __enter__(self): raise KeyError('enter')
    @property
    def __exit__(self): raise KeyError('exit')
    @property
    def __neg__(self): raise KeyError('neg')
    @property
    def __index__(self): raise KeyError('ix')
    @property
    def __setitem__(self): raise KeyError('si')
    @property
    def __await__(self): raise KeyError('aw')
def w():
    with B(): pass
def si(): B()[1]=2
for i in range(3):
  for f in (lambda: A()==1, lambda: 1==A(), lambda: A()!=1, lambda: A()==A(), lambda: B()==1, lambda: 1==B(), lambda: B()!=1, lambda: B()<1, lambda: 1>B(), lambda: B()+1, lambda: 1+B(), lambda: len(B()), lambda: bool(B()), lambda: not B(), lambda: B()[1], lambda: 1 in B(), lambda: iter(B()), lambda: [*B()], lambda: B()(), lambda: hash(B()), lambda: repr(B()), w, lambda: -B(), lambda: [1][B()], si, lambda: f"{B()}", lambda: A() in [1], lambda: [A()]==[1], lambda: {1:A()}=={1:1}, lambda: sorted([B(),B()]), lambda: max(B(),B())):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
